"""A loop that runs one job at an interval."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from opentelemetry import trace

from koppel.kernel.retry import RetryPolicy
from koppel.platform.health import Health
from koppel.platform.runner.parts import BackgroundPart
from koppel.platform.telemetry.context import bind_context
from koppel.platform.telemetry.metrics import metrics

log = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)

_BEAT_EVERY = 5.0
_MAX_AGE = timedelta(minutes=5, seconds=2 * _BEAT_EVERY)


class PeriodicPart(BackgroundPart):
    """Runs `job` at once and then `interval` after each end; failures are logged and back off, never end it.

    Liveness fails when one round takes longer than five minutes.
    """

    def __init__(
        self,
        name: str,
        interval: timedelta,
        job: Callable[[], Awaitable[object]],
        health: Health,
        *,
        back_off: RetryPolicy | None = None,
        stop_within: float = 5.0,
    ) -> None:
        super().__init__(name, stop_within=stop_within)
        self._interval = interval.total_seconds()
        self._job = job
        self._health = health
        for outcome in (
            "done",
            "failed",
        ):  # from the start on: a series that begins above zero is no increase
            metrics.count("koppel_job_runs_total", 0, task=name, outcome=outcome)
        self._failing_since: float | None = None
        metrics.gauge("koppel_job_failing_seconds", self._failing_seconds, task=name)
        self._back_off = back_off or RetryPolicy(first=timedelta(seconds=1), longest=timedelta(minutes=1))

    async def run(self) -> None:
        failures = 0
        while not self.stopping.is_set():
            self._health.beat(self.name, max_age=_MAX_AGE)
            failures = 0 if await self._round() else failures + 1
            pause = self._back_off.delay(failures).total_seconds() if failures else self._interval
            await self._rest(pause)
        self._health.retire(self.name)

    async def drain(self) -> None:
        """End after the round in hand: all jobs of a process at the same time, while what they need is there."""
        await self.stop()

    async def _round(self) -> bool:
        started, outcome = time.perf_counter(), "done"
        with bind_context(), tracer.start_as_current_span(f"job {self.name}"):
            try:
                await self._job()
            except Exception:
                outcome = "failed"
                log.exception("a round of %s failed", self.name)
        if outcome == "done":
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = started
        metrics.count("koppel_job_runs_total", task=self.name, outcome=outcome)
        metrics.observe("koppel_job_seconds", time.perf_counter() - started, task=self.name)
        return outcome == "done"

    def _failing_seconds(self) -> float:
        """Since the first of the rounds that failed in a row began; 0 after one that was done."""
        return 0.0 if self._failing_since is None else time.perf_counter() - self._failing_since

    async def _rest(self, seconds: float) -> None:
        """Sleep, beating, until it is time or the part stops."""
        until = time.monotonic() + seconds
        while not self.stopping.is_set() and (left := until - time.monotonic()) > 0:
            self._health.beat(self.name)
            try:
                async with asyncio.timeout(min(left, _BEAT_EVERY)):
                    await self.stopping.wait()
            except TimeoutError:
                continue
