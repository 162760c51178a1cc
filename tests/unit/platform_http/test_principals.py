"""Who may call a route."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, Depends

from koppel.contracts.values import Role
from koppel.kernel.errors import Forbidden
from koppel.platform.http import current_principal, require_operator, require_roles, require_service
from koppel.platform.identity import (
    ADD_ADMINISTRATIONS,
    MANAGE_ASSIGNMENTS,
    MANAGE_CONNECTIONS,
    READ,
    SYNC_ON_DEMAND,
    Principal,
    PrincipalKind,
)
from koppel.platform.telemetry import current_context
from koppel.testing.tokens import TokenIssuer

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def guarded() -> APIRouter:
    router = APIRouter()

    @router.get("/anyone")
    async def anyone(principal: Annotated[Principal, Depends(current_principal)]) -> list[str]:
        return [principal.actor, str(current_context().organisation_id)]

    @router.get("/connections", dependencies=[Depends(require_roles(*MANAGE_CONNECTIONS))])
    async def connections() -> None: ...

    @router.get("/internal", operation_id="borrow", dependencies=[Depends(require_service())])
    async def internal() -> None: ...

    @router.get("/ops", dependencies=[Depends(require_operator())])
    async def operations() -> None: ...

    return router


async def status(serve: Serve, router: APIRouter, path: str, token: str | None) -> tuple[int, str]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with serve(router) as client:
        answer = await client.get(path, headers=headers)
    return answer.status_code, answer.json()["code"] if answer.is_error else "ok"


async def test_without_a_token_no_route_opens(serve: Serve, guarded: APIRouter) -> None:
    for path in ("/anyone", "/connections", "/internal", "/ops"):
        assert await status(serve, guarded, path, None) == (401, "unauthenticated")


@pytest.mark.parametrize("value", ["Basic dTpw", "Bearer", "Bearer ", "Token x", "bearer  x y"])
async def test_another_scheme_is_no_token(serve: Serve, guarded: APIRouter, value: str) -> None:
    async with serve(guarded) as client:
        answer = await client.get("/anyone", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_two_authorization_headers_are_refused(
    serve: Serve, guarded: APIRouter, issuer: TokenIssuer
) -> None:
    token = f"Bearer {issuer.person(now=NOW)}"
    async with serve(guarded) as client:
        answer = await client.get("/anyone", headers=[("Authorization", token), ("Authorization", token)])
    assert answer.status_code == 401


async def test_the_organisation_is_known_for_the_rest_of_the_request(
    serve: Serve, guarded: APIRouter, issuer: TokenIssuer
) -> None:
    organisation, user = uuid4(), uuid4()
    token = issuer.person(organisation=organisation, user=user, now=NOW)
    async with serve(guarded) as client:
        answer = await client.get("/anyone", headers={"Authorization": f"Bearer {token}"})
    assert answer.json() == [f"person:{user}", str(organisation)]
    assert current_context().organisation_id is None


@pytest.mark.parametrize("role", Role)
async def test_only_the_named_roles_pass(
    serve: Serve, guarded: APIRouter, issuer: TokenIssuer, role: Role
) -> None:
    expected = (200, "ok") if role in (Role.BEHEERDER, Role.TEAM_LEADER) else (403, "forbidden")
    assert await status(serve, guarded, "/connections", issuer.person(role, now=NOW)) == expected


async def test_a_service_has_no_product_role(serve: Serve, guarded: APIRouter, issuer: TokenIssuer) -> None:
    token = issuer.service("sync-svc", now=NOW)
    assert await status(serve, guarded, "/connections", token) == (403, "service_not_allowed")


async def test_a_role_does_not_make_a_service_a_person() -> None:
    service = Principal("sync-svc", PrincipalKind.SERVICE, roles=frozenset({Role.BEHEERDER}))
    with pytest.raises(Forbidden):
        await require_roles(Role.BEHEERDER)(service)


async def test_internal_calls_are_for_the_services_of_the_table(
    serve: Serve, guarded: APIRouter, issuer: TokenIssuer
) -> None:
    assert await status(serve, guarded, "/internal", issuer.service("sync-svc", now=NOW)) == (200, "ok")
    other = issuer.service("other-svc", now=NOW)
    assert await status(serve, guarded, "/internal", other) == (403, "service_not_allowed")
    assert await status(serve, guarded, "/internal", issuer.person(now=NOW)) == (403, "forbidden")


async def test_operating_needs_its_own_right(serve: Serve, guarded: APIRouter, issuer: TokenIssuer) -> None:
    assert await status(serve, guarded, "/ops", issuer.person(rights=("operator",), now=NOW)) == (200, "ok")
    assert await status(serve, guarded, "/ops", issuer.person(now=NOW)) == (403, "forbidden")


def test_rights_follow_the_roles_of_the_product() -> None:
    leaders = {Role.BEHEERDER, Role.TEAM_LEADER}
    assert leaders == MANAGE_CONNECTIONS == MANAGE_ASSIGNMENTS
    assert leaders | {Role.USER_PLUS} == ADD_ADMINISTRATIONS
    assert leaders | {Role.USER_PLUS, Role.USER} == SYNC_ON_DEMAND
    assert set(Role) == READ


def test_a_service_has_no_organisation_to_act_for() -> None:
    with pytest.raises(Forbidden):
        _ = Principal("sync-svc", PrincipalKind.SERVICE).organisation
