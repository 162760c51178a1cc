"""The transaction of connection-svc on PostgreSQL, and work that must reach it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import asyncpg

from connection_svc.adapters.postgres.connections import PostgresConnections
from connection_svc.adapters.postgres.expiries import PostgresExpiries
from connection_svc.adapters.postgres.grants import PostgresGrants
from connection_svc.adapters.postgres.key_notices import PostgresKeyNotices, PostgresKeyReferences
from connection_svc.adapters.postgres.logins import PostgresLogins
from connection_svc.adapters.postgres.organisations import PostgresOrganisations
from connection_svc.adapters.postgres.revocations import PostgresRevocations
from connection_svc.adapters.postgres.rotations import PostgresRotations
from connection_svc.adapters.postgres.served import PostgresServed
from connection_svc.adapters.postgres.token_calls import PostgresTokenCalls
from connection_svc.application.ports import Transaction
from koppel.kernel.clock import Clock
from koppel.kernel.retry import RetryPolicy
from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.unit_of_work import OpenTransaction, UnitOfWork

log = logging.getLogger(__name__)
T = TypeVar("T")

_PERSISTENCE = RetryPolicy(first=timedelta(milliseconds=200), longest=timedelta(seconds=2))
_REFUSED_FOR_GOOD = asyncpg.IntegrityConstraintViolationError
_AWAY = (*UNAVAILABLE, asyncpg.PostgresError)
"""Also a standby that is not promoted yet, a role that may not log in for a while, a disk of the server's that fails:
what is tried in vain costs a line in the log, what is given up costs a login."""


class PostgresTransaction(OpenTransaction):
    """Implements `Transaction`."""

    @property
    def connections(self) -> PostgresConnections:
        return PostgresConnections(self.connection, self.organisation_id)

    @property
    def grants(self) -> PostgresGrants:
        return PostgresGrants(self.connection, self.organisation_id)

    @property
    def logins(self) -> PostgresLogins:
        return PostgresLogins(self.connection, self.organisation_id)

    @property
    def key_notices(self) -> PostgresKeyNotices:
        return PostgresKeyNotices(self.connection, self.organisation_id)

    @property
    def key_references(self) -> PostgresKeyReferences:
        return PostgresKeyReferences(self.connection, self.organisation_id)

    @property
    def expiries(self) -> PostgresExpiries:
        return PostgresExpiries(self.connection, self.organisation_id)

    @property
    def organisations(self) -> PostgresOrganisations:
        return PostgresOrganisations(self.connection, self.organisation_id)

    @property
    def rotations(self) -> PostgresRotations:
        return PostgresRotations(self.connection, self.organisation_id)

    @property
    def revocations(self) -> PostgresRevocations:
        return PostgresRevocations(self.connection, self.organisation_id)

    @property
    def served(self) -> PostgresServed:
        return PostgresServed(self.connection, self.organisation_id)

    @property
    def token_calls(self) -> PostgresTokenCalls:
        return PostgresTokenCalls(self.connection, self.organisation_id)


class PostgresUnitOfWork(UnitOfWork[PostgresTransaction]):
    """Opens them, and keeps at it where it must."""

    def __init__(
        self, database: Database, clock: Clock | None = None, persistence: RetryPolicy = _PERSISTENCE
    ) -> None:
        super().__init__(database, PostgresTransaction, clock)
        self._persistence = persistence

    async def persist(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        attempt = 0
        while True:
            try:
                async with self.begin(None) as tx:
                    return await work(tx)
            except _REFUSED_FOR_GOOD:
                raise
            except _AWAY as error:
                attempt += 1
                log.warning("the database is away, keeping at it: %s", type(error).__name__)
                await asyncio.sleep(self._persistence.delay(attempt).total_seconds())
