"""Removes a user from the directory and from every assignment."""

from dataclasses import replace
from uuid import UUID

from assignment_svc.application.ports import Transaction
from assignment_svc.application.write_assignments import write_assignments
from assignment_svc.domain.assignment import Placement
from koppel.kernel.errors import NotFound
from koppel.ports.caller import Caller


async def remove_user(tx: Transaction, caller: Caller, user_id: UUID) -> int:
    """Returns how many assignments changed. Raises `NotFound`."""
    # First the user, then the assignments: the order in which plans lock, and no plan can add the user after this.
    if not await tx.users.delete(user_id):
        raise NotFound("user", user_id)
    left = [
        replace(assignment, placement=_without(assignment.placement, user_id))
        for assignment in await tx.assignments.lock_of_user(user_id)
    ]
    await write_assignments(tx, left, by=caller.person_id)
    await tx.audit.record(
        organisation_id=tx.organisation,
        actor=caller.actor,
        action="user.deleted",
        target=f"user/{user_id}",
        reason=f"removed from {len(left)} assignments",
    )
    return len(left)


def _without(placement: Placement, user_id: UUID) -> Placement:
    return replace(placement, user_ids=tuple(each for each in placement.user_ids if each != user_id))
