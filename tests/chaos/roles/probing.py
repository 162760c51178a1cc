"""What every process says of itself while something is away: asked as an orchestrator asks, every second."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

import httpx
from tests.chaos.roles.split import Process

_EVERY = 1.0
_WITHIN = 3.0
"""Seconds that a probe waits for its answer, as the manifests' do."""
NOTHING = 0


@dataclass(slots=True)
class Probed:
    """Answers by process. Use as a context manager: it asks all of them until the block ends."""

    processes: Sequence[Process]
    live: Counter[int] = field(default_factory=Counter)
    """Answers of liveness by status, of all processes; 0 is none within three seconds."""
    ready: defaultdict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    began: float = field(default_factory=time.monotonic)
    settled_after: float = 15.0
    """Seconds after which readiness is to be what it stays."""
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._ask())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _ask(self) -> None:
        async with httpx.AsyncClient(timeout=_WITHIN, trust_env=False) as http:
            while True:
                for process in self.processes:
                    self.live[await asked(http, process, "/livez")] += 1
                    ready = await asked(http, process, "/readyz")
                    if time.monotonic() - self.began > self.settled_after:
                        self.ready[process.name][ready == httpx.codes.OK] += 1
                await asyncio.sleep(_EVERY)

    def wrong(self, unready: Iterable[Process]) -> list[str]:
        """Processes whose usual answer is another than that these are not ready and all others are."""
        expected = {each.name for each in unready}
        return [
            name
            for name, answers in self.ready.items()
            if (answers[True] > answers[False]) == (name in expected)
        ]


async def asked(http: httpx.AsyncClient, process: Process, path: str) -> int:
    """The status, or 0 without an answer in time."""
    try:
        return (await http.get(f"http://127.0.0.1:{process.port}{path}")).status_code
    except httpx.HTTPError:
        return NOTHING


async def silent_after(process: Process) -> float:
    """Seconds until a probe of liveness fails."""
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=_WITHIN, trust_env=False) as http:
        while await asked(http, process, "/livez") == httpx.codes.OK:  # noqa: ASYNC110  (it is another process)
            await asyncio.sleep(_EVERY)
    return time.monotonic() - began
