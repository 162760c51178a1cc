"""Disconnecting: tokens gone here, withdrawn at the package, and everyone told."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from connection_svc.application.revoke_at_provider import ATTEMPTS, revoke_due
from koppel.testing.eventually import eventually


async def revocations(office: Any) -> Any:
    return await office.rows(
        "select * from provider_revocation where organisation_id = $1 order by id", office.organisation
    )


async def test_a_deleted_connection_is_gone_for_everyone(office: Any) -> None:
    connection_id, grant_id = await office.grant()
    refresh_token = office.package.known_refresh_tokens[-1]

    assert (await office.api.delete(f"/v1/connections/{connection_id}")).status_code == 204

    assert office.package.revoked == [refresh_token]
    again = await office.api.delete(f"/v1/connections/{connection_id}")
    assert (again.status_code, again.json()["code"]) == (404, "connection_not_found")
    assert (await office.api.get(f"/v1/connections/{connection_id}")).status_code == 404
    assert (await office.api.get("/v1/connections")).json()["items"] == []
    loan = await office.borrow(grant_id)
    assert (loan.status_code, loan.json()["code"]) == (409, "connection_revoked")
    events = await office.events(connection_id)
    assert [name for name, _ in events][-2:] == ["ConnectionRevoked", "ConnectionDeleted"]
    assert all(event["grant_ids"] == [grant_id] for _, event in events[-2:])


async def test_its_tokens_are_shredded(office: Any) -> None:
    connection_id, grant_id = await office.grant()
    await office.api.delete(f"/v1/connections/{connection_id}")
    (row,) = await office.rows(
        "select access_token, refresh_token from connection_grant where id::text = $1", grant_id
    )
    assert (row["access_token"], row["refresh_token"]) == (None, None)
    (due,) = await revocations(office)
    assert (due["outcome"], due["token"]) == ("revoked", None)


async def test_a_package_that_is_away_does_not_keep_it_alive(office: Any) -> None:
    connection_id, _ = await office.grant()
    office.package.revocation_status = 503
    assert (await office.api.delete(f"/v1/connections/{connection_id}")).status_code == 204
    (due,) = await revocations(office)
    assert (due["outcome"], due["last_code"]) == (None, "provider_unavailable")

    office.package.revocation_status = 200
    office.clock.move(minutes=5)
    await revoke_due(office.use_cases.ports)

    (due,) = await revocations(office)
    assert (due["outcome"], due["token"]) == ("revoked", None)


async def test_it_is_given_up_after_the_last_attempt_and_audited(office: Any) -> None:
    connection_id, _ = await office.grant()
    office.package.revocation_status = 400
    await office.api.delete(f"/v1/connections/{connection_id}")
    for _ in range(ATTEMPTS.attempts):
        office.clock.move(days=1)
        await revoke_due(office.use_cases.ports)
    (due,) = await revocations(office)
    assert (due["outcome"], due["token"], due["attempts"]) == ("given_up", None, ATTEMPTS.attempts)
    rows = await office.rows(
        "select reason from audit_entry where action = 'token.revocation_given_up' and target = $1",
        f"revocation/{due['id']}",
    )
    assert [row["reason"] for row in rows] == ["request_refused"]


async def test_a_connection_that_nobody_logged_in_to_can_be_deleted(office: Any) -> None:
    created = await office.connect()
    assert (await office.api.delete(f"/v1/connections/{created['id']}")).status_code == 204
    assert office.package.revoked == []
    assert await office.finish(created) == {
        "tab": "connections",
        "connection_id": created["id"],
        "outcome": "failed",
        "code": "connection_deleted",
    }


async def test_a_login_that_ends_after_the_deletion_is_withdrawn(office: Any) -> None:
    created = await office.connect()
    office.package.gate = asyncio.Event()
    login = asyncio.create_task(office.finish(created))

    async def is_called() -> bool:
        return bool(office.token_calls)

    await eventually(is_called, what="the token call")
    await office.api.delete(f"/v1/connections/{created['id']}")
    office.package.gate.set()
    back = await login
    assert (back["outcome"], back["code"]) == ("failed", "connection_deleted")
    assert office.package.revoked == office.package.known_refresh_tokens
    assert (
        await office.rows("select 1 from connection_grant where connection_id::text = $1", created["id"])
        == []
    )


async def test_a_refresh_that_ends_after_the_deletion_is_withdrawn(office: Any) -> None:
    connection_id, grant_id = await office.grant()
    office.clock.move(hours=1)
    office.package.gate = asyncio.Event()
    loan = asyncio.create_task(office.borrow(grant_id))

    async def is_called() -> bool:
        return "refresh_token" in office.token_calls

    await eventually(is_called, what="the token call")
    await office.api.delete(f"/v1/connections/{connection_id}")
    office.package.gate.set()
    answer: httpx.Response = await loan
    assert (answer.status_code, answer.json()["code"]) == (409, "connection_revoked")
    office.clock.moved += timedelta(minutes=5)
    await revoke_due(office.use_cases.ports)
    assert set(office.package.revoked) == set(office.package.known_refresh_tokens)


async def test_no_token_lies_readable_in_the_database(office: Any) -> None:
    connection_id, grant_id = await office.grant()
    office.clock.move(hours=1)
    await office.borrow(grant_id)
    office.package.revocation_status = 503
    await office.finish(await office.again(connection_id, grant_id=grant_id), company="bolt")
    tables = await office.rows(
        "select tablename from pg_tables where schemaname = 'connection' and tablename not like 'event_log_%'"
    )
    everything = ""
    for table in tables:
        rows = await office.rows(f'select t::text as text from "{table["tablename"]}" t')
        everything += "\n".join(row["text"] for row in rows)
    assert grant_id in everything
    for secret in [*office.package.secrets, "package-client-secret"]:
        assert secret not in everything
        assert secret.encode().hex() not in everything
