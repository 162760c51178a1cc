"""Disconnecting: tokens gone here, withdrawn at the provider, and everyone told."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from connection_svc.application.revoke_at_provider import ATTEMPTS, revoke_due
from koppel.testing.eventually import eventually


async def revocations(organisation: Any) -> Any:
    return await organisation.rows(
        "select * from provider_revocation where organisation_id = $1 order by id",
        organisation.organisation_id,
    )


async def test_a_deleted_connection_is_gone_for_everyone(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    refresh_token = organisation.provider.known_refresh_tokens[-1]

    assert (await organisation.api.delete(f"/v1/connections/{connection_id}")).status_code == 204

    assert organisation.provider.revoked == [refresh_token]
    again = await organisation.api.delete(f"/v1/connections/{connection_id}")
    assert (again.status_code, again.json()["code"]) == (404, "connection_not_found")
    assert (await organisation.api.get(f"/v1/connections/{connection_id}")).status_code == 404
    assert (await organisation.api.get("/v1/connections")).json()["items"] == []
    issued = await organisation.issue_token(grant_id)
    assert (issued.status_code, issued.json()["code"]) == (409, "connection_revoked")
    events = await organisation.events(connection_id)
    assert [name for name, _ in events][-2:] == ["ConnectionRevoked", "ConnectionDeleted"]
    assert all(event["grant_ids"] == [grant_id] for _, event in events[-2:])


async def test_its_tokens_are_shredded(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    await organisation.api.delete(f"/v1/connections/{connection_id}")
    (row,) = await organisation.rows(
        "select access_token, refresh_token from connection_grant where id::text = $1", grant_id
    )
    assert (row["access_token"], row["refresh_token"]) == (None, None)
    (due,) = await revocations(organisation)
    assert (due["outcome"], due["token"]) == ("revoked", None)


async def test_a_provider_that_is_away_does_not_keep_it_alive(organisation: Any) -> None:
    connection_id, _ = await organisation.grant()
    organisation.provider.revocation_status = 503
    assert (await organisation.api.delete(f"/v1/connections/{connection_id}")).status_code == 204
    (due,) = await revocations(organisation)
    assert (due["outcome"], due["last_code"]) == (None, "provider_unavailable")

    organisation.provider.revocation_status = 200
    organisation.clock.move(minutes=5)
    await revoke_due(organisation.use_cases.ports)

    (due,) = await revocations(organisation)
    assert (due["outcome"], due["token"]) == ("revoked", None)


async def test_it_is_given_up_after_the_last_attempt_and_audited(organisation: Any) -> None:
    connection_id, _ = await organisation.grant()
    organisation.provider.revocation_status = 400
    await organisation.api.delete(f"/v1/connections/{connection_id}")
    for _ in range(ATTEMPTS.attempts):
        organisation.clock.move(days=1)
        await revoke_due(organisation.use_cases.ports)
    (due,) = await revocations(organisation)
    assert (due["outcome"], due["token"], due["attempts"]) == ("given_up", None, ATTEMPTS.attempts)
    rows = await organisation.rows(
        "select reason from audit_entry where action = 'token.revocation_given_up' and target = $1",
        f"revocation/{due['id']}",
    )
    assert [row["reason"] for row in rows] == ["request_refused"]


async def test_a_connection_that_nobody_logged_in_to_can_be_deleted(organisation: Any) -> None:
    created = await organisation.connect()
    assert (await organisation.api.delete(f"/v1/connections/{created['id']}")).status_code == 204
    assert organisation.provider.revoked == []
    assert await organisation.finish(created) == {
        "tab": "connections",
        "connection_id": created["id"],
        "outcome": "failed",
        "code": "connection_deleted",
    }


async def test_a_login_that_ends_after_the_deletion_is_withdrawn(organisation: Any) -> None:
    created = await organisation.connect()
    organisation.provider.gate = asyncio.Event()
    login = asyncio.create_task(organisation.finish(created))

    async def is_called() -> bool:
        return bool(organisation.token_calls)

    await eventually(is_called, what="the token call")
    await organisation.api.delete(f"/v1/connections/{created['id']}")
    organisation.provider.gate.set()
    back = await login
    assert (back["outcome"], back["code"]) == ("failed", "connection_deleted")
    assert organisation.provider.revoked == organisation.provider.known_refresh_tokens
    assert (
        await organisation.rows(
            "select 1 from connection_grant where connection_id::text = $1", created["id"]
        )
        == []
    )


async def test_a_refresh_that_ends_after_the_deletion_is_withdrawn(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    organisation.provider.gate = asyncio.Event()
    issued = asyncio.create_task(organisation.issue_token(grant_id))

    async def is_called() -> bool:
        return "refresh_token" in organisation.token_calls

    await eventually(is_called, what="the token call")
    await organisation.api.delete(f"/v1/connections/{connection_id}")
    organisation.provider.gate.set()
    answer: httpx.Response = await issued
    assert (answer.status_code, answer.json()["code"]) == (409, "connection_revoked")
    organisation.clock.moved += timedelta(minutes=5)
    await revoke_due(organisation.use_cases.ports)
    assert set(organisation.provider.revoked) == set(organisation.provider.known_refresh_tokens)


async def test_no_token_lies_readable_in_the_database(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    await organisation.issue_token(grant_id)
    organisation.provider.revocation_status = 503
    await organisation.finish(await organisation.again(connection_id, grant_id=grant_id), company="bolt")
    tables = await organisation.rows(
        "select tablename from pg_tables where schemaname = 'connection' and tablename not like 'event_log_%'"
    )
    everything = ""
    for table in tables:
        rows = await organisation.rows(f'select t::text as text from "{table["tablename"]}" t')
        everything += "\n".join(row["text"] for row in rows)
    assert grant_id in everything
    for secret in [*organisation.provider.secrets, "provider-client-secret"]:
        assert secret not in everything
        assert secret.encode().hex() not in everything
