"""What applying and undoing a plan share: all changes or none, and only while what it was computed from is unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from assignment_svc.application.directory_locks import lock_directory
from assignment_svc.application.ports import Transaction
from assignment_svc.application.write_assignments import write_assignments
from assignment_svc.domain.assignment import Assignment
from assignment_svc.domain.plan import Plan, PlanItem, PlanState
from assignment_svc.domain.staleness import require_unmoved
from koppel.kernel.errors import NotFound
from koppel.ports.caller import Caller


@dataclass(frozen=True, slots=True)
class Outcome:
    """The plan after the act; `written` is how many assignments this call changed (0 when it only repeats)."""

    plan: Plan
    items: list[PlanItem]
    written: int


async def locked_plan(tx: Transaction, plan_id: UUID) -> tuple[Plan, list[PlanItem]]:
    """The plan, for this transaction alone. Raises `NotFound`."""
    plan = await tx.plans.lock(plan_id)
    if plan is None:
        raise NotFound("assignment_plan", plan_id)
    return plan, await tx.plans.items(plan_id)


async def carry_out(
    tx: Transaction,
    caller: Caller,
    plan: Plan,
    to: PlanState,
    *,
    expected: Mapping[UUID, int],
    targets: Sequence[Assignment],
) -> Mapping[UUID, int]:
    """Write the targets if every administration in `expected` has its version there; returns the new versions.

    Raises `PlanStale`, and then nothing was written.
    """
    await lock_directory(tx, [target.placement for target in targets])
    current = await tx.assignments.lock(list(expected))
    require_unmoved(expected, {each.administration_id: each.version for each in current})
    versions = await write_assignments(tx, targets, by=caller.person_id)
    await tx.plans.move(plan.id, to, tx.now, versions)
    await tx.audit.record(
        organisation_id=tx.organisation,
        actor=caller.actor,
        action=f"assignment_plan.{to}",
        target=f"assignment-plan/{plan.id}",
        reason=f"{len(targets)} administrations changed",
    )
    return versions
