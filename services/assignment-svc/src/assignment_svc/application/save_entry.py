"""Adds a division or template, or renames it."""

from assignment_svc.application.ports import Transaction
from assignment_svc.domain.directory import Entry, EntryKind
from koppel.ports.caller import Caller


async def save_entry(tx: Transaction, caller: Caller, kind: EntryKind, entry: Entry) -> None:
    """Create or replace."""
    await tx.entries.save(kind, entry)
    await tx.audit.record(
        organisation_id=tx.organisation,
        actor=caller.actor,
        action=f"{kind}.saved",
        target=f"{kind}/{entry.id}",
    )
