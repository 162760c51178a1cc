"""A service's token on every route of every service: closed unless the table opens it, for one organisation at a time.

The routes are those that the composition roots hand out, so a new one is judged from the day it is there.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from koppel.kernel.ids import new_id
from koppel.platform import operations
from koppel.platform.health import Health
from koppel.platform.http import create_app
from koppel.platform.identity import (
    DEFAULT_ACCESS,
    OPERATOR,
    REPLAY,
    Authenticator,
    JwksFile,
    Operation,
    ServiceAccess,
)
from koppel.testing.tokens import TokenIssuer

PACKAGES = ("connection_svc", "import_svc", "assignment_svc", "sync_svc")
WITHOUT_A_TOKEN = {"finish_login", "notice_key"}
FOR_PEOPLE = {"create_connection", "authorize_connection", "delete_connection"}
SERVICE = "planning-svc"
HEADER = "Koppel-Organisation"
ISSUER = TokenIssuer()


@dataclass(frozen=True, slots=True)
class Call:
    """A route as a caller sees it."""

    package: str
    method: str
    template: str
    operation: str

    @property
    def path(self) -> str:
        """With an id in every place."""
        return "".join(
            str(UUID(int=7)) if number % 2 else part
            for number, part in enumerate(self.template.replace("}", "{").split("{"))
        )

    def __str__(self) -> str:
        return f"{self.package}: {self.method} {self.template}"


def _calls() -> Iterator[Call]:
    for package in PACKAGES:
        for router in (*import_module(f"{package}.main").ROUTERS, *operations.ROUTERS):
            for route in router.routes:
                assert isinstance(route, APIRoute)
                for method in sorted(route.methods or ()):
                    yield Call(package, method, route.path, route.operation_id or "")


CALLS = list(_calls())
GUARDED = [call for call in CALLS if call.operation not in WITHOUT_A_TOKEN]
every_call = pytest.mark.parametrize("call", GUARDED, ids=str)
Reach = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FastAPI]:
    """The services without anything behind their routes: a call that is let in fails there, with 500."""
    keys = JwksFile(ISSUER.write_jwks(tmp_path_factory.mktemp("keys") / "jwks.json"))
    return {
        package: create_app(
            package,
            version="0",
            routers=[*import_module(f"{package}.main").ROUTERS, *operations.ROUTERS],
            authenticator=Authenticator(ISSUER.issuer, ISSUER.audience, keys),
            health=Health(),
        )
        for package in PACKAGES
    }


@pytest.fixture
def reach(apps: dict[str, FastAPI]) -> Reach:
    """The call's service, with that table."""

    @asynccontextmanager
    async def opened(
        call: Call, token: str | None = None, access: ServiceAccess = DEFAULT_ACCESS
    ) -> AsyncIterator[httpx.AsyncClient]:
        app = apps[call.package]
        app.state.service_access = access
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            yield http

    return opened


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
async def test_nobody_gets_in_without_a_token(call: Call, reach: Reach) -> None:
    async with reach(call) as http:
        assert await _asked(http, call) == (401, "unauthenticated")


@every_call
async def test_a_service_names_the_organisation_that_it_acts_for(call: Call, reach: Reach) -> None:
    async with reach(call, _service(), ServiceAccess({SERVICE: list(Operation)})) as http:
        status, code = await _asked(http, call)
    if call.template.startswith("/v1/"):
        assert (status, code) == (403, "organisation_required")
    else:
        assert code not in ("organisation_required", "service_not_allowed")


@every_call
async def test_what_the_table_does_not_name_is_refused(call: Call, reach: Reach) -> None:
    for name in ("import-svc", "sync-svc", "connection-svc", SERVICE):
        async with reach(call, _service(name)) as http:
            status, code = await _asked(http, call, Koppel_Organisation=str(new_id()))
        is_allowed = DEFAULT_ACCESS.allows(name, call.operation)
        assert (code == "service_not_allowed") == (not is_allowed)
        assert (status == 403) == (not is_allowed)


@every_call
async def test_what_the_table_names_is_let_in_unless_it_is_for_people(call: Call, reach: Reach) -> None:
    async with reach(call, _service(), ServiceAccess({SERVICE: list(Operation)})) as http:
        status, code = await _asked(http, call, Koppel_Organisation=str(new_id()))
    assert (status == 403) == (call.operation in FOR_PEOPLE), code


@every_call
async def test_a_right_in_a_services_token_does_not_stand_in_for_the_table(call: Call, reach: Reach) -> None:
    others = [each for each in Operation if each.value != call.operation]
    async with reach(call, _service(), ServiceAccess({SERVICE: others})) as http:
        refused = await _asked(http, call, Koppel_Organisation=str(new_id()))
    assert refused == (403, "service_not_allowed")


@every_call
async def test_a_malformed_organisation_is_named(call: Call, reach: Reach) -> None:
    for token in (_service(), ISSUER.person(rights=(OPERATOR, REPLAY))):
        async with reach(call, token) as http:
            assert await _asked(http, call, Koppel_Organisation="acme") == (422, "invalid_input")


@every_call
async def test_a_person_cannot_act_for_another_organisation(call: Call, reach: Reach) -> None:
    async with reach(call, ISSUER.person(rights=(OPERATOR, REPLAY))) as http:
        refused = await _asked(http, call, Koppel_Organisation=str(new_id()))
    assert refused == (403, "organisation_mismatch")
