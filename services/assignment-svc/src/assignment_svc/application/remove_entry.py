"""Removes a division or template, unless administrations are assigned to it."""

from uuid import UUID

from assignment_svc.application.ports import Transaction
from assignment_svc.domain.directory import EntryKind
from koppel.kernel.errors import NotFound
from koppel.ports.caller import Caller


async def remove_entry(tx: Transaction, caller: Caller, kind: EntryKind, entry_id: UUID) -> None:
    """Raises `NotFound`, or `Conflict` (`division_in_use`, `template_in_use`)."""
    if not await tx.entries.delete(kind, entry_id):
        raise NotFound(kind, entry_id, code=kind.codes.not_found)
    await tx.audit.record(
        organisation_id=tx.organisation,
        actor=caller.actor,
        action=f"{kind}.deleted",
        target=f"{kind}/{entry_id}",
    )
