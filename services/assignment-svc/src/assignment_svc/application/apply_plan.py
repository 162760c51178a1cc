"""Applying a plan."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from assignment_svc.application.carry_out import Outcome, carry_out, locked_plan
from assignment_svc.application.directory_locks import lock_what_is_there
from assignment_svc.application.ports import Transaction
from assignment_svc.domain.assignment import Rule
from assignment_svc.domain.plan import PlanItem, PlanState
from assignment_svc.domain.staleness import conflict
from koppel.ports.caller import Caller


async def apply_plan(tx: Transaction, caller: Caller, plan_id: UUID, *, partial: bool = False) -> Outcome:
    """All of it, or with `partial` what still is as it was planned: the rest say why they were left.

    A second apply answers as the first. Raises `NotFound`, `PlanStale`, or `IllegalTransition` (`plan_undone`).
    """
    plan, items = await locked_plan(tx, plan_id)
    if plan.state is PlanState.APPLIED:
        return Outcome(plan, items, 0)
    applied = replace(plan.applied(tx.now), partial=partial)
    if partial:
        items = await _judged(tx, items)
        conflicts = {item.administration_id: item.conflict for item in items if item.conflict is not None}
        await tx.plans.note_partial(plan_id, conflicts)
    holding = [item for item in items if item.conflict is None]
    targets = [
        replace(item.before, placement=item.after, rule=Rule.PLAN, plan_id=plan_id)
        for item in holding
        if item.changed
    ]
    # The unchanged ones count too: what the person saw in the preview is what must still be so.
    expected = {item.administration_id: item.before.version for item in holding}
    versions = await carry_out(tx, caller, plan, PlanState.APPLIED, expected=expected, targets=targets)
    items = [replace(item, applied_version=versions.get(item.administration_id)) for item in items]
    return Outcome(applied, items, len(targets))


async def _judged(tx: Transaction, items: Sequence[PlanItem]) -> list[PlanItem]:
    """The items with their conflicts; all that the judgement rests on stays locked."""
    gone = await lock_what_is_there(tx, [item.after for item in items if item.changed])
    current = await tx.assignments.lock([item.administration_id for item in items])
    versions = {each.administration_id: each.version for each in current}
    return [replace(item, conflict=conflict(item, versions, gone)) for item in items]
