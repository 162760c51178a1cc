"""What this service consumes. Runs of events are handled in a few statements."""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from assignment_svc.adapters.postgres.transaction import PostgresTransaction, transaction_on
from assignment_svc.application.assign_by_default import Import, assign_by_default
from assignment_svc.application.unassign_removed import Removal, unassign_removed
from koppel.contracts.administration import (
    AdministrationEvent,
    AdministrationImported,
    AdministrationRemoved,
    AdministrationRenamed,
)
from koppel.kernel.clock import Clock, SystemClock
from koppel.platform.consumer import Received, Subscriptions
from koppel.platform.database import Connection
from koppel.platform.telemetry import metrics

CONSUMER = "assignment-svc"

E = TypeVar("E", bound=AdministrationEvent)


def subscriptions(clock: Clock | None = None) -> Subscriptions:
    """The registrations of the consumer `assignment-svc`."""
    clock = clock or SystemClock()
    consumer = Subscriptions(CONSUMER)
    consumer.on_run(AdministrationImported, partial(_on_imported, clock=clock))
    consumer.on(AdministrationRenamed, partial(_on_renamed, clock=clock))
    consumer.on_run(AdministrationRemoved, partial(_on_removed, clock=clock))
    return consumer


async def _on_imported(
    run: Sequence[Received[AdministrationImported]], connection: Connection, *, clock: Clock
) -> None:
    tx = _transaction(run, connection, clock)
    new = await assign_by_default(tx, [Import(received.data, received.actor) for received in run])
    metrics.count("koppel_assignments_changed_total", new, rule="default")


async def _on_renamed(
    received: Received[AdministrationRenamed], connection: Connection, *, clock: Clock
) -> None:
    tx, event = _transaction([received], connection, clock), received.data
    await tx.administrations.rename(event.organisation_id, event.administration_id, event.name)


async def _on_removed(
    run: Sequence[Received[AdministrationRemoved]], connection: Connection, *, clock: Clock
) -> None:
    tx = _transaction(run, connection, clock)
    ended = await unassign_removed(tx, [Removal(received.data, received.actor) for received in run])
    metrics.count("koppel_assignments_changed_total", ended, rule="removed")


def _transaction(run: Sequence[Received[E]], connection: Connection, clock: Clock) -> PostgresTransaction:
    """What is appended for an administration was caused by that administration's event."""
    causes = {received.data.key: received.cause() for received in run}
    return transaction_on(connection, clock.now(), run[0].cause(), causes)
