"""The workers of one process: each holds one run at a time under a lease."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from uuid import UUID

from opentelemetry import trace

from koppel.kernel.errors import Conflict
from koppel.platform.database import UNAVAILABLE
from koppel.platform.health import Health
from koppel.platform.leases import Lease, Leases
from koppel.platform.runner import BackgroundPart
from koppel.platform.telemetry import bind_context, metrics
from sync_svc.domain.run import LEASE_KIND

log = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)

_POLL = 0.25
_EAGER_POLL = 0.02
_EAGER_FOR = 0.3
_AFTER_FAILURE = 1.0

Claimable = Callable[[int], Awaitable[list[UUID]]]
Perform = Callable[[UUID, Lease], Coroutine[None, None, None]]


class Workers(BackgroundPart):
    """Takes runs that wait, at most `concurrency` at a time; `claimable(n)` lists them in order of service.

    A claim is only a hint: the lease decides who has the run, and `perform` checks its state under it.
    """

    def __init__(
        self, leases: Leases, claimable: Claimable, perform: Perform, health: Health, *, concurrency: int
    ) -> None:
        super().__init__("sync workers")
        self._leases = leases
        self._claimable = claimable
        self._perform = perform
        self._health = health
        self._concurrency = concurrency
        self._held: dict[UUID, asyncio.Task[None]] = {}
        self._awake = asyncio.Event()
        self._eager_until = 0.0
        metrics.gauge("koppel_sync_runs_running", lambda: float(len(self._held)))

    def wake(self) -> None:
        """A run waits, or will when the transaction at hand commits: look now, and often for a moment."""
        self._eager_until = time.monotonic() + _EAGER_FOR
        self._awake.set()

    async def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self._health.beat(self.name)
                await self._rest(await self._take_up())
            self._health.retire(self.name)
        finally:
            await self._let_go()

    async def stop(self) -> None:
        self.stopping.set()
        self.wake()
        await super().stop()

    async def _take_up(self) -> float:
        """Start what can be started; returns how long to rest."""
        room = self._concurrency - len(self._held)
        if room <= 0:
            return _POLL
        try:
            waiting = await self._claimable(room + len(self._held))
        except UNAVAILABLE as error:
            log.warning("cannot look for sync runs: %s", type(error).__name__)
            return _AFTER_FAILURE
        fresh = [run_id for run_id in waiting if run_id not in self._held][:room]
        for run_id in fresh:
            task = asyncio.create_task(self._hold(run_id), name=f"sync run {run_id}")
            self._held[run_id] = task
            task.add_done_callback(lambda _, run_id=run_id: self._ended(run_id))  # type: ignore[misc]
        return _EAGER_POLL if time.monotonic() < self._eager_until else _POLL

    def _ended(self, run_id: UUID) -> None:
        self._held.pop(run_id, None)
        self._awake.set()

    async def _hold(self, run_id: UUID) -> None:
        with bind_context(), tracer.start_as_current_span("sync run"):
            try:
                async with self._leases.hold(LEASE_KIND, run_id) as lease:
                    if lease is not None:
                        await self._unless_lost(run_id, lease)
            except Conflict as conflict:
                log.warning("sync run %s: %s", run_id, conflict)
            except UNAVAILABLE as error:
                log.warning("sync run %s stops, the database is away: %s", run_id, type(error).__name__)
                await asyncio.sleep(_AFTER_FAILURE)
            except Exception:
                log.exception("sync run %s broke off and will be taken up again", run_id)
                await asyncio.sleep(_AFTER_FAILURE)

    async def _unless_lost(self, run_id: UUID, lease: Lease) -> None:
        """Stop as soon as the lease is lost: its next write would be refused anyway."""
        work = asyncio.create_task(self._perform(run_id, lease))
        lost = asyncio.create_task(lease.lost.wait())
        try:
            await asyncio.wait({work, lost}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            lost.cancel()
            if not work.done():
                work.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await work

    async def _rest(self, seconds: float) -> None:
        self._awake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()

    async def _let_go(self) -> None:
        held = list(self._held.values())
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
