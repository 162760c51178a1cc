"""FastAPI dependencies that say who may call a route.

@router.post("/v1/connections")
async def create(principal: Annotated[Principal, Depends(require_roles(*MANAGE_CONNECTIONS))]) -> …
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from koppel.contracts.values import Role
from koppel.kernel.errors import Forbidden, Unauthenticated
from koppel.platform.http.on_behalf import admit
from koppel.platform.identity.authenticator import Authenticator
from koppel.platform.identity.principal import Principal, PrincipalKind
from koppel.platform.identity.rights import OPERATOR
from koppel.platform.telemetry.context import enrich_context

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT")

Guard = Callable[[Principal], Awaitable[Principal]]


async def current_principal(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Principal:
    """Whoever holds the bearer token, let in for an organisation (see `on_behalf`), which is named for logs.

    Raises `Unauthenticated`, and what `admit` raises.
    """
    if credentials is None or len(request.headers.getlist("authorization")) != 1:
        raise Unauthenticated("unauthenticated", "Send one Authorization header with a bearer token.")
    authenticator: Authenticator = request.app.state.authenticator
    principal = admit(request, await authenticator.authenticate(credentials.credentials))
    enrich_context(organisation_id=principal.organisation_id)
    request.state.principal = principal
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


def require_roles(*roles: Role) -> Guard:
    """A person with at least one of the roles, or a service that was let in for an organisation.

    Pass a set of `koppel.platform.identity` with `*`. What a service may do is its table's matter, not a role's.
    """
    allowed = frozenset(roles)

    async def guard(principal: CurrentPrincipal) -> Principal:
        if principal.kind is PrincipalKind.SERVICE and principal.organisation_id is not None:
            return principal
        if principal.kind is not PrincipalKind.PERSON or not allowed & principal.roles:
            needed = ", ".join(role.value for role in Role if role in allowed)
            raise Forbidden("forbidden", f"This needs one of the roles {needed}.")
        return principal

    return guard


def require_service() -> Guard:
    """A service, never a person; which service is its table's matter."""

    async def guard(principal: CurrentPrincipal) -> Principal:
        if principal.kind is not PrincipalKind.SERVICE:
            raise Forbidden("forbidden", "Only services may call this.")
        return principal

    return guard


def require_right(*rights: str) -> Guard:
    """Anyone whose token carries one of the rights."""

    async def guard(principal: CurrentPrincipal) -> Principal:
        if not principal.rights.intersection(rights):
            raise Forbidden("forbidden", f"This needs the right {' or '.join(rights)}.")
        return principal

    return guard


def require_operator() -> Guard:
    """An operator of Koppel: a token with the right `operator`."""
    return require_right(OPERATOR)
