"""Transactions as the use cases see them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from uuid import UUID

from koppel.kernel import cause as kernel_cause
from koppel.kernel.clock import Clock, SystemClock
from koppel.platform import outbox
from koppel.platform.audit import Audit
from koppel.platform.database import Connection, Database
from koppel.platform.leases import Lease, confirm
from koppel.platform.telemetry import current_context
from sync_svc.adapters.postgres.administrations import (
    PostgresAdministrations,
    PostgresGrants,
    PostgresPolicies,
)
from sync_svc.adapters.postgres.readings import PostgresReadings
from sync_svc.adapters.postgres.records import PostgresRecords
from sync_svc.adapters.postgres.runs import PostgresRuns
from sync_svc.adapters.postgres.views import PostgresViews
from sync_svc.application.ports import Cause

_SYSTEM_CLOCK = SystemClock()
# The statistics of a table that is being filled for the first time say that it is empty, and a plan made then
# reads it whole for every page. Every statement of leased work has an index to go by.
_PIN_PLANS = "select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true)"


class PostgresTransaction:
    """Implements `Transaction` on a connection that is in one."""

    def __init__(self, connection: Connection, cause: Cause, now: datetime) -> None:
        self.connection = connection
        self.cause = cause
        self.now = now

    @cached_property
    def administrations(self) -> PostgresAdministrations:
        return PostgresAdministrations(self.connection)

    @cached_property
    def grants(self) -> PostgresGrants:
        return PostgresGrants(self.connection)

    @cached_property
    def policies(self) -> PostgresPolicies:
        return PostgresPolicies(self.connection)

    @cached_property
    def runs(self) -> PostgresRuns:
        return PostgresRuns(self.connection, self.cause)

    @cached_property
    def readings(self) -> PostgresReadings:
        return PostgresReadings(self.connection)

    @cached_property
    def records(self) -> PostgresRecords:
        return PostgresRecords(self.connection, self.cause, self.now)

    @cached_property
    def views(self) -> PostgresViews:
        return PostgresViews(self.connection)

    @cached_property
    def events(self) -> outbox.EventLog:
        cause = self.cause
        origin = kernel_cause.Cause(
            cause.correlation_id, cause.causation_id, cause.traceparent, again=cause.again
        )
        return outbox.EventLog(self.connection, origin)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.connection, self.events.correlation_id)


class PostgresUnitOfWork:
    """Implements `UnitOfWork`; events are caused by the request or job that runs."""

    def __init__(self, database: Database, clock: Clock = _SYSTEM_CLOCK) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def begin(self, organisation_id: UUID | None) -> AsyncIterator[PostgresTransaction]:
        scope = (
            self._database.system()
            if organisation_id is None
            else self._database.transaction(organisation_id)
        )
        async with scope as connection:
            yield self.on(connection, _current_cause())

    def on(self, connection: Connection, cause: Cause) -> PostgresTransaction:
        """A transaction that somebody else opened (the consumer's)."""
        return PostgresTransaction(connection, cause, self._clock.now())


class PostgresLeasedWork:
    """Implements `LeasedWork`: one organisation's rows, the lease proven first, held until commit."""

    def __init__(
        self,
        database: Database,
        lease: Lease,
        organisation_id: UUID,
        cause: Cause,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        self._database = database
        self._lease = lease
        self._organisation_id = organisation_id
        self._cause = cause
        self._clock = clock

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresTransaction]:
        async with self._database.transaction(self._organisation_id) as connection:
            await confirm(connection, self._lease)
            await connection.execute(_PIN_PLANS)
            yield PostgresTransaction(connection, self._cause, self._clock.now())


def _current_cause() -> Cause:
    context = current_context()
    return Cause(context.correlation_id, context.causation_id, context.traceparent)
