"""Undoes a plan: restores what it changed, including the default rule."""

from dataclasses import replace
from uuid import UUID

from assignment_svc.application.carry_out import Outcome, carry_out, locked_plan
from assignment_svc.application.ports import Transaction
from assignment_svc.domain.plan import PlanState
from koppel.ports.caller import Caller


async def undo_plan(tx: Transaction, caller: Caller, plan_id: UUID) -> Outcome:
    """A second undo answers as the first. Raises `NotFound`, `PlanStale`, or `IllegalTransition` (`plan_not_applied`)."""
    plan, items = await locked_plan(tx, plan_id)
    if plan.state is PlanState.UNDONE:
        return Outcome(plan, items, 0)
    undone = plan.undone(tx.now)
    expected = {
        item.administration_id: item.applied_version for item in items if item.applied_version is not None
    }
    targets = [item.before for item in items if item.administration_id in expected]
    versions = await carry_out(tx, caller, plan, PlanState.UNDONE, expected=expected, targets=targets)
    items = [replace(item, undone_version=versions.get(item.administration_id)) for item in items]
    return Outcome(undone, items, len(targets))
