"""Periodic work."""

from datetime import timedelta

from assignment_svc.application.ports import Transaction
from koppel.ports.transaction import UnitOfWork

PURGE_EVERY = timedelta(hours=1)


async def purge_plans(unit_of_work: UnitOfWork[Transaction], *, older_than: timedelta) -> int:
    """Forget plans that were made long ago, whatever their state; returns how many."""
    async with unit_of_work.begin(None) as tx:
        return await tx.plans.purge(tx.now - older_than)
