"""The life of a process: start in order, watch, drain, stop in reverse, flush, say how it ended."""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from koppel.kernel.errors import KoppelError
from koppel.platform.health import Health
from koppel.platform.runner.parts import Drains, Part, Watched
from koppel.platform.telemetry.metrics import metrics
from koppel.platform.telemetry.start import end_telemetry

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LEAST_SECONDS = 1.0
_DRAIN_SHARE = 0.8
"""The share of the grace period for running work; the rest closes pools. Of 15 seconds that is 12."""
_LOOK_EVERY = 5.0
"""Seconds between two looks at what the process depends on, for its metric: whom no probe asks is seen all the same."""


async def run_service(
    *,
    name: str,
    parts: Sequence[Part],
    health: Health,
    shutdown_grace: timedelta = timedelta(seconds=15),
    drain_delay: timedelta = timedelta(0),
) -> int:
    """Run until SIGTERM or SIGINT (returns 0) or until a part fails (returns 1, its cause logged).

    Parts start in order; give the HTTP part first, so that probes answer while the others wait for their
    servers. The signal itself turns readiness false; after `drain_delay` the parts that can are drained (all
    at once), then all stop in reverse order within `shutdown_grace`. A second signal meanwhile changes nothing.
    """
    metrics.gauge("koppel_process_ready", lambda: float(health.is_ready))
    started: list[Part] = []
    with _stop_signal(health) as stop:
        failed = not await _live(name, parts, started, health, stop)
        health.stopping.set()
        log.info("%s is stopping", name)
        failed |= not await _shut_down(started, shutdown_grace, timedelta(0) if failed else drain_delay)
        await asyncio.to_thread(end_telemetry)
        log.info("%s stopped", name)
    return 1 if failed else 0


async def _live(
    name: str, parts: Sequence[Part], started: list[Part], health: Health, stop: asyncio.Event
) -> bool:
    """Start and watch; False when a part failed."""
    signalled = asyncio.create_task(stop.wait())
    watchers: dict[asyncio.Task[None], Part] = {}
    looking: asyncio.Task[None] | None = None
    try:
        for part in parts:
            # Listed before it starts: a start that was cut off halfway must be stopped as well.
            started.append(part)
            if not await _start(part, signalled, watchers, health):
                return stop.is_set()
            if isinstance(part, Watched):
                watchers[asyncio.create_task(part.wait())] = part
        health.started()
        log.info("%s is ready", name)
        looking = asyncio.create_task(health.keep_looking(_LOOK_EVERY))
        await asyncio.wait({signalled, *watchers}, return_when=asyncio.FIRST_COMPLETED)
        return _report_deaths(watchers, health) and stop.is_set()
    finally:
        ending = [signalled, *watchers, *([looking] if looking else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)


async def _start(
    part: Part, signalled: "asyncio.Task[bool]", watchers: dict[asyncio.Task[None], Part], health: Health
) -> bool:
    starting = asyncio.create_task(part.start(), name=f"start {part.name}")
    await asyncio.wait({starting, signalled, *watchers}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        _report_deaths(watchers, health)
        return False
    error = starting.exception()
    if error is not None:
        _log_failure(f"{part.name} did not start", error)
        return False
    log.info("started %s", part.name)
    return not signalled.done() and _report_deaths(watchers, health)


def _report_deaths(watchers: dict[asyncio.Task[None], Part], health: Health) -> bool:
    """True when no watched part ended."""
    for task, part in watchers.items():
        if task.done() and not task.cancelled():
            error = task.exception()
            health.died(part.name, "ended" if error is None else f"died of {type(error).__name__}")
            _log_failure(f"{part.name} ended by itself", error)
            return False
    return True


async def _shut_down(started: list[Part], grace: timedelta, drain_delay: timedelta) -> bool:
    await asyncio.sleep(drain_delay.total_seconds())
    deadline = time.monotonic() + grace.total_seconds()
    within = max(_LEAST_SECONDS, grace.total_seconds() * _DRAIN_SHARE)
    drained = await asyncio.gather(
        *(_within(within, f"drain {part.name}", part.drain()) for part in started if isinstance(part, Drains))
    )
    stopped = []
    for part in reversed(started):
        # All that is left: most parts end at once, and one may have to wait for its group. Behind one that hangs a second is enough.
        rest = max(_LEAST_SECONDS, deadline - time.monotonic())
        stopped.append(await _within(rest, f"stop {part.name}", part.stop()))
    return all(drained) and all(stopped)


async def _within(seconds: float, what: str, work: Awaitable[None]) -> bool:
    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds) as limit:
            await work
    except Exception:
        if limit.expired():
            log.error("could not %s within %.1f s", what, seconds)  # noqa: TRY400  (the stack says nothing)
        else:
            log.exception("could not %s: it failed after %.1f s", what, time.monotonic() - began)
        return False
    return True


def _log_failure(what: str, error: BaseException | None) -> None:
    if isinstance(error, KoppelError):
        log.error("%s: %s", what, error.detail)
    elif error is None:
        log.error("%s", what)
    else:
        log.error("%s", what, exc_info=error)


@contextmanager
def _stop_signal(health: Health) -> Iterator[asyncio.Event]:
    """Not ready from the signal on: whoever starts or looks at that moment may take a second to let go."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def told() -> None:
        health.stopping.set()
        stop.set()

    for number in _SIGNALS:
        loop.add_signal_handler(number, told)
    try:
        yield stop
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
