"""Applying a plan."""

from dataclasses import replace
from uuid import UUID

from assignment_svc.application.carry_out import Outcome, carry_out, locked_plan
from assignment_svc.application.ports import Transaction
from assignment_svc.domain.assignment import Rule
from assignment_svc.domain.plan import PlanState
from koppel.ports.caller import Caller


async def apply_plan(tx: Transaction, caller: Caller, plan_id: UUID) -> Outcome:
    """A second apply answers as the first. Raises `NotFound`, `PlanStale`, or `IllegalTransition` (`plan_undone`)."""
    plan, items = await locked_plan(tx, plan_id)
    if plan.state is PlanState.APPLIED:
        return Outcome(plan, items, 0)
    applied = plan.applied(tx.now)
    targets = [
        replace(item.before, placement=item.after, rule=Rule.PLAN, plan_id=plan_id)
        for item in items
        if item.changed
    ]
    # The unchanged ones count too: what the person saw in the preview is what must still be so.
    expected = {item.administration_id: item.before.version for item in items}
    versions = await carry_out(tx, caller, plan, PlanState.APPLIED, expected=expected, targets=targets)
    items = [replace(item, applied_version=versions.get(item.administration_id)) for item in items]
    return Outcome(applied, items, len(targets))
