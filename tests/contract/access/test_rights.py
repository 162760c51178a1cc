"""Each operators' route of each service, as the OpenAPI documents have it, opens to its right and to no other.

A new route is entered here, or the first test fails.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from koppel.contracts.values import Role
from koppel.platform.identity import OPERATOR, PAYLOAD, PREVIEW, REPLAY
from koppel.platform.identity.rights import RIGHTS as KNOWN
from koppel_identity.claims import RIGHTS as GIVEN

from .routes import ISSUER, PACKAGES, Call, app, calls, of_each

RIGHTS = tuple(sorted(KNOWN))
READING = """
list_audit list_consumers list_parked get_parked list_parked_causes check_parked list_releases get_release get_stream search_events find
list_replays get_replay list_replay_verdicts
list_organisations list_connections_of_all list_administrations_of_all list_assignments_of_all
list_sync_runs_of_all list_sync_status_of_all list_reauthorizations_of_all list_held_deletions_of_all get_budget get_freshness
"""
ACTING = "retry_parked retry_parked_events discard_parked name_organisation"
REPLAYING = "start_replay pause_replay resume_replay cancel_replay"
OPENED_BY: dict[str, frozenset[str]] = {
    **dict.fromkeys(READING.split(), frozenset({OPERATOR})),
    **dict.fromkeys(ACTING.split(), frozenset({OPERATOR})),
    "plan_replay": frozenset({PREVIEW, REPLAY}),
    **dict.fromkeys(REPLAYING.split(), frozenset({REPLAY})),
}
"""By operation id: each of these rights alone lets in."""
SHOWS_PAYLOADS = ("get_parked", "search_events")
CALLS = [call for call in calls() if call.template.startswith("/ops/")]
every_call = of_each(CALLS)


@asynccontextmanager
async def _caller(call: Call, *rights: str, roles: tuple[Role, ...] = ()) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app(call.package), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {ISSUER.person(*roles, rights=rights)}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
        yield http


async def _is_refused(call: Call, *rights: str, roles: tuple[Role, ...] = (), **query: str) -> bool:
    async with _caller(call, *rights, roles=roles) as http:
        answer = await http.request(call.method, call.path, params=query)
    assert (answer.status_code == 403) == (answer.json().get("code") == "forbidden")
    return answer.status_code == 403


def test_the_table_has_every_operators_route_and_no_other() -> None:
    assert {call.operation for call in CALLS} == OPENED_BY.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_calls_are_those_of_the_openapi_document(package: str) -> None:
    paths: dict[str, dict[str, Any]] = app(package).openapi()["paths"]
    told = {
        Call(package, method.upper(), path, operation["operationId"])
        for path, item in paths.items()
        for method, operation in item.items()
        if path.startswith("/ops/")
    }
    assert told == {call for call in CALLS if call.package == package}


@every_call
async def test_a_route_opens_to_its_right_and_to_no_other(call: Call) -> None:
    let_in = {right for right in RIGHTS if not await _is_refused(call, right)}
    assert let_in == OPENED_BY[call.operation]


@every_call
async def test_no_role_of_the_product_opens_it(call: Call) -> None:
    assert await _is_refused(call, roles=tuple(Role))


@of_each([each for each in CALLS if each.operation in SHOWS_PAYLOADS])
async def test_what_events_hold_needs_both_rights(call: Call) -> None:
    for rights in ((OPERATOR,), (PAYLOAD,), (OPERATOR, PREVIEW, REPLAY)):
        assert await _is_refused(call, *rights, payload="true")
    assert not await _is_refused(call, OPERATOR, PAYLOAD, payload="true")


def test_the_local_issuer_gives_every_right_that_there_is() -> None:
    assert sorted(GIVEN) == list(RIGHTS)
