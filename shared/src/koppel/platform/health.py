"""Health: alive means that the process's own loops turn, ready means that it can serve.

Liveness never asks a dependency: a broker that is away must not get this process restarted.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from koppel.kernel.errors import KoppelError

Check = Callable[[], Awaitable[None] | None]
"""Returns when the thing can serve, raises when it cannot."""

_DEFAULT_MAX_AGE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Finding:
    """One named result; `reason` is for a human and holds no secret."""

    ok: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All results together."""

    checks: dict[str, Finding] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.checks.values())


class Health:
    """What the parts of one process report; the HTTP probes and the runner read it."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._beats: dict[str, tuple[float, float]] = {}
        self._checks: dict[str, tuple[Check, float]] = {}
        self._dead: dict[str, str] = {}
        self._started = False
        self._seen_ready = True
        self.stopping = asyncio.Event()
        """Set when shutdown begins; long answers (server-sent events) end on it."""

    def check(self, name: str, probe: Check, *, timeout: timedelta = timedelta(seconds=1)) -> None:
        """Readiness depends on `probe` (sync or async) passing within `timeout`."""
        self._checks[name] = (probe, timeout.total_seconds())

    def beat(self, name: str, *, max_age: timedelta | None = None) -> None:
        """A loop turned. Liveness fails when its next beat is older than `max_age` (first given, else 30 s)."""
        bound = (
            max_age.total_seconds()
            if max_age
            else self._beats.get(name, (0, _DEFAULT_MAX_AGE.total_seconds()))[1]
        )
        self._beats[name] = (self._now(), bound)

    def retire(self, name: str) -> None:
        """The loop ended on purpose: its silence is no failure."""
        self._beats.pop(name, None)

    def died(self, name: str, reason: str) -> None:
        """A part's background work ended with an error: this process must be replaced."""
        self._dead[name] = reason

    def started(self) -> None:
        """Every part is started."""
        self._started = True

    def liveness(self) -> Report:
        """Beats in time and no dead part."""
        now = self._now()
        findings = {
            name: Finding(
                ok=now - at <= bound, reason=None if now - at <= bound else f"no beat for {now - at:.0f} s"
            )
            for name, (at, bound) in self._beats.items()
        }
        return Report(
            findings | {name: Finding(ok=False, reason=reason) for name, reason in self._dead.items()}
        )

    async def readiness(self) -> Report:
        """Started, not stopping, alive, and every check passes; checks run side by side.

        A process that stops asks nobody: its answer is known, and must not wait for a server that is slow.
        """
        names = [] if self.stopping.is_set() else list(self._checks)
        results = await asyncio.gather(*(_probe(*self._checks[name]) for name in names))
        own = {
            "started": Finding(ok=self._started, reason=None if self._started else "still starting"),
            "stopping": Finding(
                ok=not self.stopping.is_set(), reason="shutting down" if self.stopping.is_set() else None
            ),
        }
        silent = {name: finding for name, finding in self.liveness().checks.items() if not finding.ok}
        report = Report(own | silent | dict(zip(names, results, strict=True)))
        self._seen_ready = report.ok
        return report

    async def keep_looking(self, every: float) -> None:
        """Ask for readiness every so many seconds, also where no probe does."""
        while True:
            await self.readiness()
            await asyncio.sleep(every)

    @property
    def is_ready(self) -> bool:
        """Started, not stopping, and every check passed when they were last asked. Asks nobody."""
        return self._started and not self.stopping.is_set() and self._seen_ready


async def _probe(check: Check, timeout_seconds: float) -> Finding:
    try:
        async with asyncio.timeout(timeout_seconds):
            waiting = check()
            if inspect.isawaitable(waiting):
                await waiting
    except TimeoutError:
        return Finding(ok=False, reason=f"no answer within {timeout_seconds:g} s")
    except KoppelError as error:
        return Finding(ok=False, reason=error.detail)
    except Exception as error:  # noqa: BLE001  (any exception of a check means "not ready")
        return Finding(ok=False, reason=type(error).__name__)
    return Finding(ok=True)
