"""A service's token on every route of every service: closed unless the table opens it, for one organisation at a time.

The routes are those that the composition roots hand out, so a new one is judged from the day it is there.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from koppel.kernel.ids import new_id
from koppel.platform.identity import (
    DEFAULT_ACCESS,
    OPERATOR,
    REPLAY,
    Operation,
    ServiceAccess,
)

from .routes import ISSUER, PACKAGES, Call, app, calls, of_each

WITHOUT_A_TOKEN = {"finish_login", "notice_key"}
FOR_PEOPLE = {"create_connection", "authorize_connection", "delete_connection"}
SERVICE = "planning-svc"
CALLS = list(calls())
GUARDED = [call for call in CALLS if call.operation not in WITHOUT_A_TOKEN]
every_call = of_each(GUARDED)


@asynccontextmanager
async def reach(
    call: Call, token: str | None = None, access: ServiceAccess = DEFAULT_ACCESS
) -> AsyncIterator[httpx.AsyncClient]:
    """The call's service, with that table."""
    service = app(call.package)
    service.state.service_access = access
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(service, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
        yield http


async def _asked(http: httpx.AsyncClient, call: Call, **headers: str) -> tuple[int, str]:
    answer = await http.request(
        call.method, call.path, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    return answer.status_code, answer.json().get("code", "")


def _service(name: str = SERVICE) -> str:
    return ISSUER.token({"sub": name, "kind": "service", "rights": [OPERATOR, REPLAY]})


def test_every_route_has_an_operation_id_and_the_vocabulary_is_theirs() -> None:
    by_service = [[call.operation for call in CALLS if call.package == package] for package in PACKAGES]
    assert all(len(set(names)) == len(names) for names in by_service)
    offered = {call.operation for call in CALLS}
    assert offered - WITHOUT_A_TOKEN - FOR_PEOPLE == {operation.value for operation in Operation}


def test_by_default_two_services_may_ask_for_tokens_and_nothing_else_is_allowed() -> None:
    assert DEFAULT_ACCESS.table == {"import-svc": {Operation.BORROW}, "sync-svc": {Operation.BORROW}}


@every_call
async def test_nobody_gets_in_without_a_token(call: Call) -> None:
    async with reach(call) as http:
        assert await _asked(http, call) == (401, "unauthenticated")


@every_call
async def test_a_service_names_the_organisation_that_it_acts_for(call: Call) -> None:
    async with reach(call, _service(), ServiceAccess({SERVICE: list(Operation)})) as http:
        status, code = await _asked(http, call)
    if call.template.startswith("/v1/"):
        assert (status, code) == (403, "organisation_required")
    else:
        assert code not in ("organisation_required", "service_not_allowed")


@every_call
async def test_what_the_table_does_not_name_is_refused(call: Call) -> None:
    for name in ("import-svc", "sync-svc", "connection-svc", SERVICE):
        async with reach(call, _service(name)) as http:
            status, code = await _asked(http, call, Koppel_Organisation=str(new_id()))
        is_allowed = DEFAULT_ACCESS.allows(name, call.operation)
        assert (code == "service_not_allowed") == (not is_allowed)
        assert (status == 403) == (not is_allowed)


@every_call
async def test_what_the_table_names_is_let_in_unless_it_is_for_people(call: Call) -> None:
    async with reach(call, _service(), ServiceAccess({SERVICE: list(Operation)})) as http:
        status, code = await _asked(http, call, Koppel_Organisation=str(new_id()))
    assert (status == 403) == (call.operation in FOR_PEOPLE), code


@every_call
async def test_a_right_in_a_services_token_does_not_stand_in_for_the_table(call: Call) -> None:
    others = [each for each in Operation if each.value != call.operation]
    async with reach(call, _service(), ServiceAccess({SERVICE: others})) as http:
        refused = await _asked(http, call, Koppel_Organisation=str(new_id()))
    assert refused == (403, "service_not_allowed")


@every_call
async def test_a_malformed_organisation_is_named(call: Call) -> None:
    for token in (_service(), ISSUER.person(rights=(OPERATOR, REPLAY))):
        async with reach(call, token) as http:
            assert await _asked(http, call, Koppel_Organisation="acme") == (422, "invalid_input")


@every_call
async def test_a_person_cannot_act_for_another_organisation(call: Call) -> None:
    async with reach(call, ISSUER.person(rights=(OPERATOR, REPLAY))) as http:
        refused = await _asked(http, call, Koppel_Organisation=str(new_id()))
    assert refused == (403, "organisation_mismatch")
