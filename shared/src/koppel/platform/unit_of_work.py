"""Transactions of use cases on PostgreSQL: `koppel.ports.transaction`, once for all services.

A service derives its transaction from `OpenTransaction`, adding its repositories as properties, and hands it to `UnitOfWork`.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

from koppel.kernel.cause import Cause
from koppel.kernel.clock import Clock, SystemClock
from koppel.platform.audit import Audit
from koppel.platform.consumer import ReceivedEvent
from koppel.platform.database import Connection, Database
from koppel.platform.leases import Lease, confirm
from koppel.platform.outbox import EventLog, current_cause


class OnConnection(Protocol):
    """A transaction through whose connection the platform writes rows of its own (`idempotent`)."""

    @property
    def connection(self) -> Connection: ...


class OpenTransaction:
    """What every service's transaction has. `causes` are those of a consumed run, by stream key."""

    def __init__(
        self,
        connection: Connection,
        organisation_id: UUID | None,
        now: datetime,
        cause: Cause,
        causes: Mapping[str, Cause] | None = None,
    ) -> None:
        self.connection = connection
        self.organisation_id = organisation_id
        self.now = now
        self.cause = cause
        self.events = EventLog(connection, cause, by_key=causes)
        self.audit = Audit(connection, self.events.correlation_id)

    @property
    def organisation(self) -> UUID:
        if self.organisation_id is None:
            raise LookupError("the transaction is the system's: say within which organisation")
        return self.organisation_id

    def within(self, organisation_id: UUID) -> Self:
        narrowed = copy(self)
        narrowed.organisation_id = organisation_id
        return narrowed


class Repository:
    """One aggregate's rows in a transaction. Statements name the organisation: it leads every primary key."""

    def __init__(self, connection: Connection, organisation_id: UUID | None) -> None:
        self._connection = connection
        self._organisation_id = organisation_id


Tx_co = TypeVar("Tx_co", covariant=True)


class UnitOfWork(Generic[Tx_co]):
    """Opens a service's transactions: for a request or job, for a consumer, and under a lease."""

    def __init__(
        self,
        database: Database,
        transaction: Callable[..., Tx_co],
        clock: Clock | None = None,
        *,
        leased_first: str | None = None,
    ) -> None:
        self._database = database
        self._transaction = transaction
        self._clock = clock or SystemClock()
        self._leased_first = leased_first

    @asynccontextmanager
    async def begin(self, organisation_id: UUID | None) -> AsyncIterator[Tx_co]:
        """One organisation's, or with None the system's; its events are caused by the running request or job."""
        async with self._scope(organisation_id) as connection:
            yield self._transaction(connection, organisation_id, self._clock.now(), current_cause())

    def consuming(self, connection: Connection, *run: ReceivedEvent[Any]) -> Tx_co:
        """The system's, inside the consumer's own. What it appends is caused by the event of the same key, else by
        the first of the run."""
        causes = {received.data.key: received.cause() for received in run}
        return self._transaction(connection, None, self._clock.now(), run[0].cause(), causes)

    def leased(
        self,
        lease: Lease,
        *,
        organisation_id: UUID | None = None,
        cause: Cause | None = None,
    ) -> "LeasedWork[Tx_co]":
        """Transactions that prove the lease before they write; each begins with the statement `leased_first`."""

        @asynccontextmanager
        async def begin() -> AsyncIterator[Tx_co]:
            async with self._scope(organisation_id) as connection:
                await confirm(connection, lease)
                if self._leased_first is not None:
                    await connection.execute(self._leased_first)
                yield self._transaction(
                    connection, organisation_id, self._clock.now(), cause or current_cause()
                )

        return LeasedWork(begin)

    def _scope(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[Connection]:
        if organisation_id is None:
            return self._database.system()
        return self._database.transaction(organisation_id)


@dataclass(frozen=True, slots=True)
class LeasedWork(Generic[Tx_co]):
    """Transactions of the lease's owner: each proves the lease first and holds it until commit."""

    begin: Callable[[], AbstractAsyncContextManager[Tx_co]]
