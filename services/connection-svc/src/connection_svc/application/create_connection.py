"""A new connection, with its first login round."""

from uuid import UUID

from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.start_login import LoginRequest, StartedLogin, start_login
from connection_svc.domain.connection import Connection, ConnectionState
from koppel.contracts.connection import ConnectionCreated
from koppel.kernel.ids import new_id


async def create_connection(
    ports: Ports,
    tx: Transaction,
    *,
    provider: str,
    name: str | None,
    region: str | None,
    login: LoginRequest,
) -> tuple[Connection, StartedLogin]:
    """Nobody has logged in yet: the connection is `pending`. Raises `unknown_provider` and `region_unknown`."""
    connection = await insert_connection(ports, tx, provider=provider, name=name, region=region, by=login.by)
    return connection, await start_login(ports, tx, connection, login)


async def insert_connection(
    ports: Ports, tx: Transaction, *, provider: str, name: str | None, region: str | None, by: UUID
) -> Connection:
    """A pending connection with its event and audit row. Raises `unknown_provider` and `region_unknown`."""
    described, now = ports.providers.describe(provider), tx.now
    connection = Connection(
        id=new_id(),
        organisation_id=tx.organisation,
        provider=provider,
        name=name or described.name,
        state=ConnectionState.PENDING,
        state_since=now,
        created_by=str(by),
        created_at=now,
        region=ports.providers.region(provider, region),
    )
    await tx.connections.insert(connection)
    await tx.events.append(
        ConnectionCreated(
            organisation_id=tx.organisation,
            connection_id=connection.id,
            provider=provider,
            name=connection.name,
            created_by=str(by),
            created_at=now,
        )
    )
    await tx.audit.record(
        organisation_id=tx.organisation,
        actor=f"person:{by}",
        action="connection.created",
        target=f"connection/{connection.id}",
    )
    return connection
