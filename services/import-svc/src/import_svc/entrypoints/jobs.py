"""Work that nobody waits for on a line: discovery, and ending old sessions."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from import_svc.application.ask_grants import DiscoveryLimits
from import_svc.application.discover_session import discover_session
from import_svc.application.outside import CompanySource
from import_svc.application.ports import Transaction
from koppel.kernel.clock import Clock
from koppel.kernel.retry import RetryPolicy
from koppel.platform.health import Health
from koppel.platform.leases import LeaseLost, Leases
from koppel.platform.runner import BackgroundPart
from koppel.platform.telemetry import bind_context
from koppel.platform.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

DISCOVERY = "discovery"
EXPIRE_EVERY = timedelta(minutes=1)
_SESSIONS_AT_ONCE = 4
_LONGEST_SILENCE = timedelta(seconds=60)
_SHORTEST_REST = 0.01
_BACK_OFF = RetryPolicy(first=timedelta(milliseconds=500), longest=timedelta(seconds=10))


class DiscoveryWorker(BackgroundPart):
    """Runs sessions that have work, each under a lease: a worker that dies is succeeded when it expires.

    Awake as soon as `wake` is called, when something becomes due, and every `poll` for what other processes did.
    """

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
        super().__init__(DISCOVERY)
        self._unit_of_work = unit_of_work
        self._leases = leases
        self._source = source
        self._clock = clock
        self._health = health
        self._limits = limits
        self._poll = poll.total_seconds()
        self._awake = asyncio.Event()
        self._running: dict[UUID, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """There may be work now."""
        self._awake.set()

    async def stop(self) -> None:
        self.stopping.set()
        self.wake()
        await super().stop()

    async def run(self) -> None:
        failures = 0
        try:
            while not self.stopping.is_set():
                self._health.beat(self.name, max_age=_LONGEST_SILENCE)
                self._awake.clear()
                try:
                    rest, failures = await self._start_due(), 0
                except Exception:
                    failures += 1
                    rest = _BACK_OFF.delay(failures).total_seconds()
                    log.exception("cannot look for sessions to discover")
                await self._rest(rest)
        finally:
            self._health.retire(self.name)
            await self._end_running()

    async def _start_due(self) -> float:
        """Start what is due; returns seconds until something may be due again."""
        async with self._unit_of_work.begin(None) as tx:
            due = await tx.sessions.due(tx.now, _SESSIONS_AT_ONCE + len(self._running))
            now, next_due_at = tx.now, await tx.sessions.next_due_at()
        for session_id in due:
            if session_id not in self._running and len(self._running) < _SESSIONS_AT_ONCE:
                self._running[session_id] = asyncio.create_task(self._discover(session_id))
        if next_due_at is None or next_due_at <= now:
            return self._poll  # whatever is due runs, and its end wakes us
        return min(self._poll, max(_SHORTEST_REST, (next_due_at - now).total_seconds()))

    async def _discover(self, session_id: UUID) -> None:
        try:
            with bind_context():
                await self._discover_owned(session_id)
        except LeaseLost:
            log.info("the discovery of session %s was taken over", session_id)
        except Exception:
            log.exception("the discovery of session %s failed", session_id)
            # Its place stays taken, so that this process does not try again at once.
            await asyncio.sleep(_BACK_OFF.delay(2).total_seconds())
        finally:
            self._running.pop(session_id, None)
            self.wake()

    async def _discover_owned(self, session_id: UUID) -> None:
        async with self._leases.hold(DISCOVERY, session_id) as lease:
            if lease is not None:
                await discover_session(
                    session_id, self._unit_of_work.leased(lease), self._source, self._limits, self._clock
                )

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()

    async def _end_running(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def expire_sessions(unit_of_work: UnitOfWork[Transaction]) -> None:
    """End the sessions that are past their time."""
    async with unit_of_work.begin(None) as tx:
        while await tx.sessions.expire(tx.now):
            pass
