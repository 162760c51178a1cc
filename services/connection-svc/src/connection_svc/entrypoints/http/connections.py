"""Connections: made, seen, authorised again, removed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from connection_svc.application.create_connection import create_connection
from connection_svc.application.delete_connection import delete_connection
from connection_svc.application.revoke_at_provider import revoke_now
from connection_svc.application.start_login import StartedLogin, authorize_connection
from connection_svc.domain.connection import Connection
from connection_svc.entrypoints.http.connection_models import (
    Authorization,
    ConnectionItem,
    CreateConnection,
    CreatedConnection,
    StartAuthorization,
    connection_item,
)
from connection_svc.entrypoints.http.context import InContext, Manager, Reader
from connection_svc.entrypoints.http.keys import authorize_with_key, create_with_key
from connection_svc.entrypoints.http.login_answer import WithCookie, login_answer, login_request
from koppel.kernel.errors import NotFound
from koppel.platform.http import HONOURS_IDEMPOTENCY_KEY, PageQuery, paginate, problems
from koppel.platform.http.lists import CountedPage, WithTotal

router = APIRouter(tags=["connections"])

ConnectionId = Annotated[UUID, Path(description="The connection.")]
_LOGIN_REFUSALS = {
    "return_url_required": 422,
    "credentials_required": 422,
    "credentials_not_taken": 422,
    "credentials_malformed": 422,
    "credentials_refused": 422,
    "return_url_not_allowed": 422,
    "provider_not_configured": 400,
    "secret_unreadable": 503,
    "provider_busy": 503,
}
"""Of the beginning of a login, or a pasted key."""


class CreatedWithCookie(CreatedConnection, WithCookie):
    """A new connection, and the cookie of its first login."""


@router.post(
    "/v1/connections",
    operation_id="create_connection",
    status_code=201,
    response_model=CreatedConnection | ConnectionItem,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
    responses=problems(
        unknown_provider=422,
        region_unknown=422,
        **_LOGIN_REFUSALS,
    ),
)
async def create(
    request: Request, body: CreateConnection, principal: Manager, context: InContext
) -> Response:
    """Start a connection. It is pending until the login at `authorization_url` is finished in the browser that got this answer's cookie; with `credentials` it is active at once."""
    if body.credentials is not None:
        return await create_with_key(request, body, principal, context)
    login = login_request(context, body.return_url, principal)
    async with context.unit_of_work.begin(principal.organisation) as tx:

        async def run() -> CreatedWithCookie:
            connection, started = await create_connection(
                context.ports,
                tx,
                provider=body.provider,
                name=body.name,
                region=body.region,
                login=login,
            )
            return _created(connection, started)

        return await login_answer(
            request,
            context=context,
            tx=tx,
            principal=principal,
            body=body,
            run=run,
        )


@router.post(
    "/v1/connections/{connection_id}/authorizations",
    operation_id="authorize_connection",
    status_code=201,
    response_model=Authorization | ConnectionItem,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
    responses=problems(
        connection_not_found=404,
        grant_not_found=422,
        company_mismatch=422,
        connection_revoked=409,
        **_LOGIN_REFUSALS,
    ),
)
async def authorize(
    request: Request,
    connection_id: ConnectionId,
    body: StartAuthorization,
    principal: Manager,
    context: InContext,
) -> Response:
    """Start one more login, or renew a grant. To be finished like the first one."""
    if body.credentials is not None:
        return await authorize_with_key(request, connection_id, body, principal, context)
    login = login_request(context, body.return_url, principal, body.grant_id)
    async with context.unit_of_work.begin(principal.organisation) as tx:

        async def run() -> WithCookie:
            _, started = await authorize_connection(context.ports, tx, connection_id, login)
            return WithCookie(**_started(started))

        return await login_answer(
            request,
            context=context,
            tx=tx,
            principal=principal,
            body=body,
            run=run,
        )


@router.get("/v1/connections", operation_id="list_connections")
async def list_connections(
    page: PageQuery, principal: Reader, context: InContext, with_total: WithTotal = False
) -> CountedPage[ConnectionItem]:
    """List the organisation's connections. In order of their ids, which is that of their making; deleted ones are left out."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.connections.page(after and after[0], page.fetch)
        total = await tx.connections.count() if with_total else None
        grants = await tx.grants.of_connections([connection.id for connection in found])
    listed = paginate(
        found,
        page,
        item=lambda one: connection_item(
            one, [grant for grant in grants if grant.connection_id == one.id], context.timing(one.provider)
        ),
        key=lambda one: (one.id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.get(
    "/v1/connections/{connection_id}",
    operation_id="get_connection",
    responses=problems(connection_not_found=404),
)
async def get(connection_id: ConnectionId, principal: Reader, context: InContext) -> ConnectionItem:
    """Show a connection with its health and its logins."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        connection = await tx.connections.get(connection_id)
        if connection is None:
            raise NotFound("connection", connection_id)
        grants = await tx.grants.of_connections([connection_id])
    return connection_item(connection, grants, context.timing(connection.provider))


@router.delete(
    "/v1/connections/{connection_id}",
    operation_id="delete_connection",
    status_code=204,
    responses=problems(connection_not_found=404),
)
async def delete(connection_id: ConnectionId, principal: Manager, context: InContext) -> Response:
    """Delete a connection. Its tokens are shredded at once and revoked at the provider."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        revocations = await delete_connection(context.ports, tx, connection_id, by=UUID(principal.subject))
    await revoke_now(context.ports, revocations)
    return Response(status_code=204)


def _created(connection: Connection, started: StartedLogin) -> CreatedWithCookie:
    return CreatedWithCookie(
        id=connection.id,
        provider=connection.provider,
        name=connection.name,
        state=connection.state,
        **_started(started),
    )


def _started(started: StartedLogin) -> dict[str, object]:
    return {
        "authorization_url": started.authorization_url,
        "expires_at": started.login.expires_at,
        "cookie_name": started.login.cookie,
        "cookie_value": started.browser,
    }
