"""Removes the assignments of administrations that left the organisation."""

from collections.abc import Sequence
from dataclasses import dataclass

from assignment_svc.application.ports import Transaction
from koppel.contracts.administration import AdministrationRemoved
from koppel.contracts.assignment import AdministrationUnassigned


@dataclass(frozen=True, slots=True)
class Removal:
    """An administration that was removed; `actor` names the event for the audit trail."""

    event: AdministrationRemoved
    actor: str


async def unassign_removed(tx: Transaction, removals: Sequence[Removal]) -> int:
    """Returns how many assignments ended; unknown administrations are skipped."""
    by_administration = {
        (each.event.organisation_id, each.event.administration_id): each for each in removals
    }
    gone = await tx.assignments.remove(sorted(by_administration))
    await tx.administrations.forget(sorted(by_administration))
    ended = [by_administration[pair] for pair in gone]
    await tx.events.append(
        *(
            AdministrationUnassigned(
                organisation_id=each.event.organisation_id,
                administration_id=each.event.administration_id,
                reason=each.event.reason,
                unassigned_by=each.actor,
                unassigned_at=tx.now,
            )
            for each in ended
        )
    )
    await _audit(tx, ended)
    return len(ended)


async def _audit(tx: Transaction, ended: Sequence[Removal]) -> None:
    """One row for each organisation and reason: the removal of a connection takes all of its administrations."""
    acts: dict[tuple[object, str], list[Removal]] = {}
    for each in ended:
        acts.setdefault((each.event.organisation_id, each.event.reason), []).append(each)
    for removals in acts.values():
        first = removals[0]
        await tx.audit.record(
            organisation_id=first.event.organisation_id,
            actor=first.actor,
            action="assignment.ended",
            target=f"administration/{first.event.administration_id}",
            reason=f"{first.event.reason}, {len(removals)} administrations",
        )
