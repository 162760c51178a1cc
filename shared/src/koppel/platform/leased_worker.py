"""Work that is rows: any process finds what is due, takes a lease on each and does it, several at a time (ADR 0009)."""

import asyncio
import logging
import time
from abc import abstractmethod
from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from koppel.kernel.errors import Conflict, Transient
from koppel.platform.database import UNAVAILABLE
from koppel.platform.health import Health
from koppel.platform.leases import Lease, Leases
from koppel.platform.runner import BackgroundPart
from koppel.platform.telemetry import bind_context

log = logging.getLogger(__name__)

_LONGEST_SILENCE = timedelta(seconds=60)
_SHORTEST_REST = 0.01
_AGAIN_AFTER = 1.0
"""Seconds until this process tries again what failed, or what another process had."""


@dataclass(frozen=True, slots=True)
class Due:
    """What may be begun now, in order of service; `more_in` seconds there may be more, when that is known.

    `leases`: those that the look itself took, for work where who looks decides who is next.
    """

    subjects: Sequence[UUID] = ()
    leases: Sequence[Lease] = ()
    more_in: float | None = None


@dataclass(frozen=True, slots=True)
class Polling:
    """Seconds between two looks: `idle`, and `attentive` for the first `attentive_for` after a wake-up."""

    idle: float
    attentive: float = 0.0
    attentive_for: float = 0.0


class LeasedWorker(BackgroundPart):
    """Base of workers: subclasses write `due` and `perform`. At most `concurrency` at a time; leases are of `kind`.

    What is due is only a hint: the lease decides who does it, and `perform` looks under it what is left to do. A worker that dies is succeeded when its lease expires.
    """

    def __init__(
        self, name: str, kind: str, leases: Leases, health: Health, *, concurrency: int, polling: Polling
    ) -> None:
        super().__init__(name)
        self._kind = kind
        self._leases = leases
        self._health = health
        self._concurrency = concurrency
        self._polling = polling
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._not_before: dict[UUID, float] = {}
        self._awake = asyncio.Event()
        self._attentive_until = 0.0

    @abstractmethod
    async def due(self, limit: int) -> Due:
        """The first `limit` that wait; those that this process has in work may be among them.

        A look that takes leases takes no more than are `free`, and none of `resting`.
        """

    @abstractmethod
    async def perform(self, subject: UUID, lease: Lease) -> None:
        """Do it to its end. Cancelled when the lease is lost or the process stops; tried again when it raises."""

    @property
    def free(self) -> int:
        """How many more it may take."""
        return self._concurrency - len(self._running)

    @property
    def resting(self) -> list[UUID]:
        """What failed here, or was another's, a moment ago."""
        return list(self._not_before)

    @property
    def running(self) -> int:
        """How many this process has in work."""
        return len(self._running)

    def wake(self) -> None:
        """There is work, or will be when the transaction at hand commits: look now, and be attentive."""
        self._attentive_until = time.monotonic() + self._polling.attentive_for
        self._awake.set()

    async def stop(self) -> None:
        self.stopping.set()
        self._awake.set()
        await super().stop()

    async def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self._health.beat(self.name, max_age=_LONGEST_SILENCE)
                self._awake.clear()  # before the look: what comes during it is seen by the next
                await self._rest(await self._look())
        finally:
            await asyncio.sleep(
                0
            )  # one that was never begun could not give back the lease that a look took for it
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            self._health.retire(self.name)

    async def _look(self) -> float:
        """Begin what can be begun; returns how long to rest."""
        if not self.free:
            return self._polling.idle  # the end of one wakes
        now = time.monotonic()
        self._not_before = {each: until for each, until in self._not_before.items() if until > now}
        try:
            due = await self.due(self._concurrency + len(self._running) + len(self._not_before))
        except UNAVAILABLE as error:
            log.warning("cannot look for %s: %s", self.name, type(error).__name__)
            return _AGAIN_AFTER
        except Exception:
            log.exception("cannot look for %s", self.name)
            return _AGAIN_AFTER
        for lease in due.leases:
            self._start(lease.subject, self._leases.keep(lease))
        self._begin(due.subjects)
        rests = [self._polling.idle]
        rests += [_AGAIN_AFTER] if self._not_before else []
        rests += [self._polling.attentive] if now < self._attentive_until else []
        rests += [] if due.more_in is None else [max(_SHORTEST_REST, due.more_in)]
        return min(rests)

    def _begin(self, subjects: Sequence[UUID]) -> None:
        free = [each for each in subjects if each not in self._running and each not in self._not_before]
        for subject in free[: self.free]:
            self._start(subject, self._leases.hold(self._kind, subject))

    def _start(self, subject: UUID, holding: AbstractAsyncContextManager[Lease | None]) -> None:
        work = self._hold(subject, holding)
        self._running[subject] = asyncio.create_task(work, name=f"{self._kind} {subject}")

    async def _hold(self, subject: UUID, holding: AbstractAsyncContextManager[Lease | None]) -> None:
        held = False
        try:
            with bind_context():
                async with holding as lease:
                    if lease is not None:
                        await _while_held(lease, self.perform(subject, lease))
                        held = True
        except (Conflict, Transient, *UNAVAILABLE) as error:
            log.warning("%s %s is tried again: %s: %s", self._kind, subject, type(error).__name__, error)
        except Exception:
            log.exception("%s %s broke off and is tried again", self._kind, subject)
        finally:
            del self._running[subject]
            if not held:
                self._not_before[subject] = time.monotonic() + _AGAIN_AFTER
            self._awake.set()

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()


async def _while_held(lease: Lease, work: Coroutine[None, None, None]) -> None:
    """Stop as soon as the lease is lost: its next write would be refused anyway."""
    working, lost = asyncio.create_task(work), asyncio.create_task(lease.lost.wait())
    try:
        await asyncio.wait({working, lost}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        lost.cancel()
        if not working.done():
            working.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await working
