"""The default rule: each newly imported administration is assigned to all beheerders of that moment."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assignment_svc.application.ports import Transaction
from assignment_svc.application.write_assignments import assigned
from assignment_svc.domain.assignment import Assignment, Placement, Rule
from koppel.contracts.administration import AdministrationImported


@dataclass(frozen=True, slots=True)
class Import:
    """An administration that was imported; `actor` names the event for the audit trail."""

    event: AdministrationImported
    actor: str


async def assign_by_default(tx: Transaction, imports: Sequence[Import]) -> int:
    """Remember and assign them, whatever their organisations; returns how many were new.

    Known ones keep their assignment, so a rebuild from the log undoes nobody's work. Without a beheerder the
    assignment names nobody, and one who comes later is not added to it.
    """
    # Directory before administrations: everybody locks in this order.
    organisations = sorted({each.event.organisation_id for each in imports})
    administrators = await tx.users.lock_administrators(organisations)
    new = await tx.administrations.add([each.event for each in imports])
    fresh = [each for each in imports if each.event.administration_id in new]
    assignments = [
        _default(each, Placement.of(user_ids=administrators.get(each.event.organisation_id, ())))
        for each in fresh
    ]
    await _add(tx, fresh, assignments)
    await _audit(tx, fresh)
    return len(fresh)


def _default(each: Import, placement: Placement) -> Assignment:
    return Assignment(
        administration_id=each.event.administration_id,
        placement=placement,
        rule=Rule.DEFAULT,
        plan_id=None,
        version=0,
    )


async def _add(tx: Transaction, fresh: Sequence[Import], assignments: Sequence[Assignment]) -> None:
    pairs = list(zip(fresh, assignments, strict=True))
    versions = await tx.events.append(
        *(
            assigned(each.event.organisation_id, assignment, by=each.actor, at=tx.now)
            for each, assignment in pairs
        )
    )
    await tx.assignments.add(
        [
            (each.event.organisation_id, replace(assignment, version=version))
            for (each, assignment), version in zip(pairs, versions, strict=True)
        ]
    )


async def _audit(tx: Transaction, fresh: Sequence[Import]) -> None:
    """One row for each import session, which is one act of a person."""
    first = {each.event.import_session_id: each for each in reversed(fresh)}
    counts = Counter(each.event.import_session_id for each in fresh)
    for session_id, each in first.items():
        await tx.audit.record(
            organisation_id=each.event.organisation_id,
            actor=each.actor,
            action="assignment.defaulted",
            target=f"import-session/{session_id}",
            reason=f"default rule, {counts[session_id]} administrations",
        )
