"""Adds a user to the directory, or changes one."""

from assignment_svc.application.ports import Transaction
from assignment_svc.domain.directory import User
from koppel.ports.caller import Caller


async def save_user(tx: Transaction, caller: Caller, user: User) -> None:
    """Create or replace; a new role changes no assignment that is there."""
    await tx.users.save(user)
    await tx.audit.record(
        organisation_id=tx.organisation,
        actor=caller.actor,
        action="user.saved",
        target=f"user/{user.id}",
    )
