"""Background jobs: discovery, and ending old sessions."""

from datetime import timedelta
from uuid import UUID

from import_svc.application.ask_grants import DiscoveryLimits
from import_svc.application.discover_session import discover_session
from import_svc.application.outside import CompanySource
from import_svc.application.ports import Transaction
from koppel.kernel.clock import Clock
from koppel.platform.health import Health
from koppel.platform.leased_worker import Due, LeasedWorker, Polling
from koppel.platform.leases import Lease, Leases
from koppel.platform.unit_of_work import UnitOfWork

DISCOVERY = "discovery"
EXPIRE_EVERY = timedelta(minutes=1)
CATCH_UP_EVERY = timedelta(seconds=30)
LOOK_UP_EVERY = timedelta(seconds=1)
CHECK_COMPANIES_EVERY = timedelta(seconds=1)
START_LOOKS_EVERY = timedelta(minutes=1)
FORGET_EVERY = timedelta(hours=1)
_SESSIONS_AT_ONCE = 4


class DiscoveryWorker(LeasedWorker):
    """Runs sessions that have work: when woken, when something becomes due, and every `poll` for other processes' sake."""

    def __init__(
        self,
        unit_of_work: UnitOfWork[Transaction],
        leases: Leases,
        source: CompanySource,
        *,
        clock: Clock,
        health: Health,
        limits: DiscoveryLimits,
        poll: timedelta,
    ) -> None:
        polling = Polling(idle=poll.total_seconds())
        super().__init__(DISCOVERY, DISCOVERY, leases, health, concurrency=_SESSIONS_AT_ONCE, polling=polling)
        self._unit_of_work = unit_of_work
        self._source = source
        self._clock = clock
        self._limits = limits

    async def due(self, limit: int) -> Due:
        async with self._unit_of_work.begin(None) as tx:
            due, next_due_at = await tx.sessions.due(tx.now, limit), await tx.sessions.next_due_at()
        if next_due_at is None or next_due_at <= tx.now:
            return Due(due)
        return Due(due, more_in=(next_due_at - tx.now).total_seconds())

    async def perform(self, subject: UUID, lease: Lease) -> None:
        work = self._unit_of_work.leased(lease)
        await discover_session(subject, work, self._source, self._limits, self._clock)


async def expire_sessions(unit_of_work: UnitOfWork[Transaction]) -> None:
    """End the sessions that are past their time."""
    async with unit_of_work.begin(None) as tx:
        while await tx.sessions.expire(tx.now):
            pass
