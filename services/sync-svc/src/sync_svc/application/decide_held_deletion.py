"""A person's answer to a held deletion."""

from dataclasses import replace
from uuid import UUID

from koppel.kernel.errors import NotFound
from sync_svc.application.ports import Requester, Transaction
from sync_svc.domain.held_deletion import HeldDeletion, HeldState


async def decide_held_deletion(
    tx: Transaction, held_deletion_id: UUID, caller: Requester, state: HeldState, reason: str
) -> HeldDeletion:
    """Release it (a job deletes what is still absent then) or reject it.

    Raises `NotFound`, or `IllegalTransition` (`held_deletion_decided`).
    """
    held = await tx.held_deletions.lock(held_deletion_id)
    if held is None:
        raise NotFound("held_deletion", held_deletion_id)
    decided = replace(held.moved(state), decided_by=caller.person_id, decided_at=tx.now, reason=reason)
    await tx.held_deletions.decide(decided)
    await tx.audit.record(
        organisation_id=held.organisation_id,
        actor=caller.actor,
        action=f"held_deletion.{state.value}",
        target=f"held_deletion/{held_deletion_id}",
        reason=reason,
    )
    return decided
