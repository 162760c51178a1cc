"""A new connection, with its first login round."""

from uuid import UUID

from connection_svc.application.ports import Ports, Transaction
from connection_svc.application.start_login import LoginRequest, StartedLogin, start_login
from connection_svc.domain.connection import Connection, ConnectionState
from koppel.contracts.connection import ConnectionCreated
from koppel.kernel.ids import new_id


async def create_connection(
    ports: Ports,
    transaction: Transaction,
    organisation_id: UUID,
    *,
    provider: str,
    name: str | None,
    login: LoginRequest,
) -> tuple[Connection, StartedLogin]:
    """Nobody has logged in yet: the connection is `pending`. Raises `unknown_provider`."""
    package, now = ports.providers.describe(provider), ports.clock.now()
    connection = Connection(
        id=new_id(),
        organisation_id=organisation_id,
        provider=provider,
        name=name or package.name,
        state=ConnectionState.PENDING,
        state_since=now,
        created_by=str(login.by),
        created_at=now,
    )
    await transaction.connections.insert(connection)
    await transaction.events.append(
        ConnectionCreated(
            organisation_id=organisation_id,
            connection_id=connection.id,
            provider=provider,
            name=connection.name,
            created_by=str(login.by),
            created_at=now,
        )
    )
    await transaction.audit.record(
        organisation_id=organisation_id,
        actor=f"person:{login.by}",
        action="connection.created",
        target=f"connection/{connection.id}",
    )
    return connection, await start_login(ports, transaction, connection, login)
