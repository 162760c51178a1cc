"""Keeping the history of runs bounded."""

from datetime import timedelta

from sync_svc.application.ports import Transaction

_AT_ONCE = 1_000


async def forget_old_runs(tx: Transaction, keep: timedelta) -> int:
    """Drop finished runs older than `keep`, some at a time; the newest of each administration stays."""
    return await tx.runs.forget(tx.now - keep, _AT_ONCE)
