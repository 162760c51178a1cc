"""Transactions on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

from import_svc.adapters.postgres.administrations import PostgresAdministrations
from import_svc.adapters.postgres.candidates import PostgresCandidates
from import_svc.adapters.postgres.connections import PostgresConnections
from import_svc.adapters.postgres.discoveries import PostgresDiscoveries
from import_svc.adapters.postgres.sessions import PostgresSessions
from koppel.kernel.cause import Cause
from koppel.platform.audit import Audit
from koppel.platform.database import Connection, Database
from koppel.platform.leases import Lease, confirm
from koppel.platform.outbox import EventLog


class PostgresTransaction:
    """Everything that commits with one connection's transaction. `cause` is what its events name."""

    def __init__(self, connection: Connection, cause: Cause | None = None) -> None:
        self.connection = connection
        self.again = cause is not None and cause.again
        self.connections = PostgresConnections(connection)
        self.sessions = PostgresSessions(connection)
        self.discoveries = PostgresDiscoveries(connection)
        self.candidates = PostgresCandidates(connection)
        self.administrations = PostgresAdministrations(connection)
        self.events = EventLog(connection, cause)
        self.audit = Audit(connection, self.events.correlation_id)


class PostgresUnitOfWork:
    """Opens transactions for one organisation, or for the system."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self, organisation_id: UUID | None) -> AsyncIterator[PostgresTransaction]:
        async with self._scope(organisation_id) as connection:
            yield PostgresTransaction(connection)

    def _scope(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[Connection]:
        if organisation_id is None:
            return self._database.system()
        return self._database.transaction(organisation_id)


class LeasedWork:
    """System transactions that prove a lease before they write."""

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease

    @property
    def lost(self) -> asyncio.Event:
        return self._lease.lost

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresTransaction]:
        async with self._database.system() as connection:
            await confirm(connection, self._lease)
            yield PostgresTransaction(connection)
