"""Events in: import-svc's facts, at least once, effects once, in the order of each administration.

Group `assignment-svc`, from the earliest event, manual offsets after the transaction; what fails is parked with
its cause and its administration's later events wait behind it. Runs of events cost a few statements.
"""

from collections.abc import Sequence
from typing import TypeVar

from assignment_svc.application.assign_by_default import Import, assign_by_default
from assignment_svc.application.ports import Transaction
from assignment_svc.application.require_own_organisation import require_own_organisation
from assignment_svc.application.restore_assignments import restore_assignments
from assignment_svc.application.unassign_removed import Removal, unassign_removed
from koppel.contracts.administration import (
    AdministrationEvent,
    AdministrationImported,
    AdministrationRemoved,
    AdministrationRenamed,
)
from koppel.contracts.topics import ADMINISTRATION
from koppel.platform.consumer import Projection, RebuildPolicy, ReceivedEvent, Subscriptions
from koppel.platform.database import Connection
from koppel.platform.telemetry import metrics
from koppel.platform.unit_of_work import UnitOfWork

CONSUMER = "assignment-svc"
TABLES = RebuildPolicy(
    projections=(Projection("administration", ADMINISTRATION, key="id"),),
    decisions=("assignment", "assignment_plan", "assignment_plan_item"),
    others=("office_user", "division", "template"),
)

E = TypeVar("E", bound=AdministrationEvent)


def subscriptions(unit_of_work: UnitOfWork[Transaction]) -> Subscriptions:
    """Everything that assignment-svc reads."""
    handlers = _Handlers(unit_of_work)
    result = Subscriptions(CONSUMER, TABLES)
    result.on_run(AdministrationImported, handlers.imported)
    result.on(AdministrationRenamed, handlers.renamed)
    result.on_run(AdministrationRemoved, handlers.removed)
    return result


class _Handlers:
    def __init__(self, unit_of_work: UnitOfWork[Transaction]) -> None:
        self._unit_of_work = unit_of_work

    async def imported(
        self, run: Sequence[ReceivedEvent[AdministrationImported]], connection: Connection
    ) -> None:
        tx = await self._believed(run, connection)
        imports = [Import(received.data, received.actor) for received in run]
        if run[0].again:
            restored = await restore_assignments(tx, imports)
            metrics.count("koppel_assignments_changed_total", restored, rule="restored")
            return
        new = await assign_by_default(tx, imports)
        metrics.count("koppel_assignments_changed_total", new, rule="default")

    async def renamed(self, received: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
        tx, event = await self._believed([received], connection), received.data
        await tx.within(event.organisation_id).administrations.rename(event.administration_id, event.name)

    async def removed(
        self, run: Sequence[ReceivedEvent[AdministrationRemoved]], connection: Connection
    ) -> None:
        removals = [Removal(received.data, received.actor) for received in run]
        ended = await unassign_removed(await self._believed(run, connection), removals)
        metrics.count("koppel_assignments_changed_total", ended, rule="removed")

    async def _believed(self, run: Sequence[ReceivedEvent[E]], connection: Connection) -> Transaction:
        """The run's transaction. Raises `OrganisationMismatch` when an event names another organisation's administration."""
        tx = self._unit_of_work.consuming(connection, *run)
        if not tx.cause.again:  # a rebuild comes from the owner's own log, and mends rows that say otherwise
            await require_own_organisation(tx, [received.data for received in run])
        return tx
