"""What a rotation leaves behind when it may not be made, when the provider refuses it, and when others were quicker."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from connection_svc.application.rotate_token import rotate_token
from koppel.kernel.errors import Conflict


async def journal(organisation: Any, grant_id: str) -> list[str]:
    rows = await organisation.rows("select state from token_rotation where grant_id = $1", grant_id)
    return [row["state"] for row in rows]


async def test_who_lost_the_refresh_before_it_began_leaves_no_trace(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    async with organisation.use_cases.refresher._ownership.own(grant_id) as fence:
        with pytest.raises(Conflict, match="lease_lost"):
            await rotate_token(organisation.use_cases.ports, UUID(grant_id), 1, fence - 1)
    assert (organisation.token_calls, await journal(organisation, grant_id)) == (["authorization_code"], [])


async def test_a_refused_token_is_told_audited_and_closed(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    organisation.provider.forget_refresh_tokens()
    assert (await organisation.issue_token(grant_id)).status_code == 409
    name, told = (await organisation.events(connection_id))[-1]
    assert (name, told["reason"], told["who_must_act"]) == (
        "ConnectionReauthorizationRequired",
        "grant_invalid",
        "customer",
    )
    [row] = await organisation.rows(
        "select actor, organisation_id, reason from audit_entry where target = $1 and action = $2",
        f"grant/{grant_id}",
        "grant.reauthorization_required",
    )
    assert tuple(row) == ("service:connection-svc", organisation.organisation_id, "grant_invalid")
    assert await journal(organisation, grant_id) == ["refused"]


async def test_a_grant_without_a_refresh_token_asks_for_a_person_and_not_the_provider(
    organisation: Any,
) -> None:
    connection_id, grant_id = await organisation.grant()
    await organisation.rows(
        "update connection_grant set refresh_token = null where id = $1 returning 1", grant_id
    )
    organisation.clock.move(hours=1)
    assert (await organisation.issue_token(grant_id)).json()["code"] == "reauthorization_required"
    assert (await organisation.get(connection_id))["health"]["reason"] == "no_refresh_token"
    assert (organisation.token_calls, await journal(organisation, grant_id)) == (
        ["authorization_code"],
        ["refused"],
    )


@pytest.mark.parametrize("garbage", [b"<html>", b"[" * 2_000_000])
async def test_an_answer_that_cannot_be_read_may_have_replaced_the_token(
    organisation: Any, garbage: bytes
) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    organisation.provider.faults += [
        httpx.Response(200, content=garbage),
        httpx.Response(400, json={"error": "invalid_grant"}),
    ]
    assert (await organisation.issue_token(grant_id)).status_code == 503
    organisation.clock.move(minutes=2)
    assert (await organisation.issue_token(grant_id)).status_code == 409
    assert (await organisation.get(connection_id))["health"]["reason"] == "rotation_lost"
