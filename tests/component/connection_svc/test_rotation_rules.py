"""What a rotation leaves behind when it may not be made, when the package refuses it, and when others were quicker."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from connection_svc.application.rotate_token import rotate_token
from koppel.kernel.errors import Conflict


async def journal(office: Any, grant_id: str) -> list[str]:
    rows = await office.rows("select state from token_rotation where grant_id = $1", grant_id)
    return [row["state"] for row in rows]


async def test_who_lost_the_refresh_before_it_began_leaves_no_trace(office: Any) -> None:
    _, grant_id = await office.grant()
    async with office.use_cases.refresher._ownership.own(grant_id) as fence:
        with pytest.raises(Conflict, match="lease_lost"):
            await rotate_token(office.use_cases.ports, UUID(grant_id), 1, fence - 1)
    assert (office.token_calls, await journal(office, grant_id)) == (["authorization_code"], [])


async def test_a_refused_token_is_told_audited_and_closed(office: Any) -> None:
    connection_id, grant_id = await office.grant()
    office.clock.move(hours=1)
    office.package.forget_refresh_tokens()
    assert (await office.borrow(grant_id)).status_code == 409
    name, told = (await office.events(connection_id))[-1]
    assert (name, told["reason"], told["who_must_act"]) == (
        "ConnectionReauthorizationRequired",
        "grant_invalid",
        "customer",
    )
    [row] = await office.rows(
        "select actor, organisation_id, reason from audit_entry where target = $1 and action = $2",
        f"grant/{grant_id}",
        "grant.reauthorization_required",
    )
    assert tuple(row) == ("service:connection-svc", office.organisation, "grant_invalid")
    assert await journal(office, grant_id) == ["refused"]


async def test_a_grant_without_a_refresh_token_asks_for_a_person_and_not_the_package(office: Any) -> None:
    connection_id, grant_id = await office.grant()
    await office.rows("update connection_grant set refresh_token = null where id = $1 returning 1", grant_id)
    office.clock.move(hours=1)
    assert (await office.borrow(grant_id)).json()["code"] == "reauthorization_required"
    assert (await office.get(connection_id))["health"]["reason"] == "no_refresh_token"
    assert (office.token_calls, await journal(office, grant_id)) == (["authorization_code"], ["refused"])


@pytest.mark.parametrize("garbage", [b"<html>", b"[" * 2_000_000])
async def test_an_answer_that_cannot_be_read_may_have_replaced_the_token(office: Any, garbage: bytes) -> None:
    connection_id, grant_id = await office.grant()
    office.clock.move(hours=1)
    office.package.faults += [
        httpx.Response(200, content=garbage),
        httpx.Response(400, json={"error": "invalid_grant"}),
    ]
    assert (await office.borrow(grant_id)).status_code == 503
    office.clock.move(minutes=2)
    assert (await office.borrow(grant_id)).status_code == 409
    assert (await office.get(connection_id))["health"]["reason"] == "rotation_lost"
