"""Connections that are made with a pasted key: the provider is asked first, outside of any transaction."""

from uuid import UUID

from fastapi import Request, Response

from connection_svc.application.connect_by_key import Pasted, authorize_by_key, check_key, create_by_key
from connection_svc.domain.connection import Connection, ConnectionState
from connection_svc.domain.provider import At
from connection_svc.entrypoints.http.connection_models import (
    ConnectionItem,
    CreateConnection,
    StartAuthorization,
    connection_item,
)
from connection_svc.entrypoints.http.context import Context, RequestTransaction
from koppel.kernel.errors import NotFound
from koppel.platform.http import idempotent, repeated
from koppel.platform.identity import Principal


async def create_with_key(
    request: Request, body: CreateConnection, principal: Principal, context: Context
) -> Response:
    """A connection that is active at once; on failure none is stored."""
    provider = context.ports.providers.describe(body.provider).id
    at = At(provider, context.ports.providers.region(provider, body.region))
    async with context.unit_of_work.begin(principal.organisation) as tx:
        if (kept := await repeated(request, tx.connection, principal, body)) is not None:
            return kept
    pasted = Pasted(organisation_id=principal.organisation, at=at, by=UUID(principal.subject))
    brought = await check_key(context.ports, pasted, body.credentials or {})
    async with context.unit_of_work.begin(principal.organisation) as tx:

        async def run() -> ConnectionItem:
            connection, _ = await create_by_key(context.ports, tx, pasted, body.name, brought)
            return await _shown(context, tx, connection.id)

        return await idempotent(request, tx.connection, principal, body, run)


async def authorize_with_key(
    request: Request,
    connection_id: UUID,
    body: StartAuthorization,
    principal: Principal,
    context: Context,
) -> Response:
    """One more key of a connection, or a new one in place of a grant's."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        if (kept := await repeated(request, tx.connection, principal, body)) is not None:
            return kept
        connection = _usable(await tx.connections.get(connection_id), connection_id)
    pasted = Pasted(
        organisation_id=principal.organisation,
        at=connection.at,
        by=UUID(principal.subject),
        grant_id=body.grant_id,
    )
    brought = await check_key(context.ports, pasted, body.credentials or {})
    async with context.unit_of_work.begin(principal.organisation) as tx:

        async def run() -> ConnectionItem:
            locked = _usable(await tx.connections.lock(connection_id), connection_id)
            await authorize_by_key(context.ports, tx, locked, pasted, brought)
            return await _shown(context, tx, connection_id)

        return await idempotent(request, tx.connection, principal, body, run)


def _usable(connection: Connection | None, connection_id: UUID) -> Connection:
    if connection is None or connection.state is ConnectionState.DELETED:
        raise NotFound("connection", connection_id)
    return connection


async def _shown(context: Context, tx: RequestTransaction, connection_id: UUID) -> ConnectionItem:
    connection = _usable(await tx.connections.get(connection_id), connection_id)
    grants = await tx.grants.of_connections([connection_id])
    return connection_item(connection, grants, context.timing(connection.provider))
