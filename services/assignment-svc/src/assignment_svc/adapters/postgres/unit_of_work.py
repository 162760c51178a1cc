"""The transaction bundle and its unit of work on PostgreSQL."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from assignment_svc.adapters.postgres.administrations import PostgresAdministrations
from assignment_svc.adapters.postgres.assignments import PostgresAssignments
from assignment_svc.adapters.postgres.entries import PostgresEntries
from assignment_svc.adapters.postgres.plans import PostgresPlans
from assignment_svc.adapters.postgres.users import PostgresUsers
from assignment_svc.application.ports import Told
from koppel.contracts.assignment import AssignmentEvent
from koppel.contracts.event import Event
from koppel.contracts.topics import ASSIGNMENT
from koppel.kernel.clock import Clock, SystemClock
from koppel.platform.audit import Audit
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import Cause, EventLog, newest


class CausedEvents:
    """The event log, giving each event the cause of its own key where there is one."""

    def __init__(self, connection: Connection, by_key: Mapping[str, Cause], otherwise: Cause) -> None:
        self._connection = connection
        self._log = EventLog(connection, otherwise)
        self._by_key = by_key
        self._otherwise = otherwise

    @property
    def correlation_id(self) -> UUID:
        """The conversation of what has no cause of its own."""
        return self._log.correlation_id

    async def append(self, *events: Event) -> list[int]:
        return await self._log.append_caused(
            (event, self._by_key.get(event.key, self._otherwise)) for event in events
        )

    async def newest(self, ids: Sequence[UUID]) -> Mapping[UUID, Told]:
        found = await newest(self._connection, [(ASSIGNMENT.name, str(each)) for each in ids])
        return {
            UUID(key): Told(last.version, last.event if isinstance(last.event, AssignmentEvent) else None)
            for (_, key), last in found.items()
        }


@dataclass(frozen=True, slots=True)
class PostgresTransaction:
    """Everything of one open transaction; `connection` is for the platform's idempotency."""

    connection: Connection
    users: PostgresUsers
    entries: PostgresEntries
    administrations: PostgresAdministrations
    assignments: PostgresAssignments
    plans: PostgresPlans
    events: CausedEvents
    audit: Audit
    now: datetime


def transaction_on(
    connection: Connection, now: datetime, cause: Cause, by_key: Mapping[str, Cause]
) -> PostgresTransaction:
    """The bundle on an open connection; `cause` is that of events whose key `by_key` does not hold."""
    events = CausedEvents(connection, by_key, cause)
    return PostgresTransaction(
        connection=connection,
        users=PostgresUsers(connection),
        entries=PostgresEntries(connection),
        administrations=PostgresAdministrations(connection),
        assignments=PostgresAssignments(connection),
        plans=PostgresPlans(connection),
        events=events,
        audit=Audit(connection, events.correlation_id),
        now=now,
    )


class PostgresUnitOfWork:
    """`UnitOfWork` on the service's database."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    @asynccontextmanager
    async def begin(self, organisation_id: UUID | None) -> AsyncIterator[PostgresTransaction]:
        scope = (
            self._database.system()
            if organisation_id is None
            else self._database.transaction(organisation_id)
        )
        async with scope as connection:
            yield transaction_on(connection, self._clock.now(), Cause.current(), {})

    def opened(self, connection: Connection, causes: Mapping[str, Cause]) -> PostgresTransaction:
        """The bundle inside a consumer's transaction, for a run of events with these causes by stream key."""
        first = next(iter(causes.values()), Cause())
        return transaction_on(connection, self._clock.now(), first, causes)
