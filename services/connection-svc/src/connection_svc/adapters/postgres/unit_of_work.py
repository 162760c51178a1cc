"""One database transaction as the use cases see it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import asyncpg

from connection_svc.adapters.postgres.connections import PostgresConnections
from connection_svc.adapters.postgres.grants import PostgresGrants
from connection_svc.adapters.postgres.logins import PostgresLogins
from connection_svc.adapters.postgres.revocations import PostgresRevocations
from connection_svc.adapters.postgres.rotations import PostgresRotations
from connection_svc.application.ports import Transaction
from koppel.kernel.retry import RetryPolicy
from koppel.platform.audit import Audit
from koppel.platform.database import UNAVAILABLE, Connection, Database
from koppel.platform.outbox import EventLog

log = logging.getLogger(__name__)
T = TypeVar("T")

_PERSISTENCE = RetryPolicy(first=timedelta(milliseconds=200), longest=timedelta(seconds=2))
_REFUSED_FOR_GOOD = asyncpg.IntegrityConstraintViolationError
_AWAY = (*UNAVAILABLE, asyncpg.PostgresError)
"""Also a standby that is not promoted yet, a role that may not log in for a while, a disk of the server's that fails:
what is tried in vain costs a line in the log, what is given up costs a login."""


class PostgresTransaction:
    """Repositories, events and audit over one open connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.connections = PostgresConnections(connection)
        self.grants = PostgresGrants(connection)
        self.logins = PostgresLogins(connection)
        self.rotations = PostgresRotations(connection)
        self.revocations = PostgresRevocations(connection)
        self.events = EventLog(connection)
        self.audit = Audit(connection, self.events.correlation_id)


class PostgresUnitOfWork:
    """Opens transactions; implements `UnitOfWork`."""

    def __init__(self, database: Database, persistence: RetryPolicy = _PERSISTENCE) -> None:
        self._database = database
        self._persistence = persistence

    @asynccontextmanager
    async def begin(self, organisation_id: UUID | None) -> AsyncIterator[PostgresTransaction]:
        scope = (
            self._database.system()
            if organisation_id is None
            else self._database.transaction(organisation_id)
        )
        async with scope as connection:
            yield PostgresTransaction(connection)

    async def persist(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        attempt = 0
        while True:
            try:
                async with self.begin(None) as transaction:
                    return await work(transaction)
            except _REFUSED_FOR_GOOD:
                raise
            except _AWAY as error:
                attempt += 1
                log.warning("the database is away, keeping at it: %s", type(error).__name__)
                await asyncio.sleep(self._persistence.delay(attempt).total_seconds())
