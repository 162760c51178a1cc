"""What processes hold while a provider is slow: memory, and connections to it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import psutil
from tests.chaos.roles.split import Process

_EVERY = 0.1
_MEBIBYTE = 1024 * 1024
_MEMORY_EACH = 10
"""Of so many looks one is at memory."""


@dataclass(slots=True)
class Sampled:
    """Use as a context manager: it looks every 100 ms until the block ends. `callers` are who calls the provider."""

    processes: Sequence[Process]
    callers: Sequence[Process]
    provider_port: int
    most_calls: int = 0
    """Connections to the provider at one time, those at rest included."""
    first: dict[str, float] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    @property
    def grown(self) -> tuple[float, str]:
        """MiB that the process that grew most has more than at the beginning, and its name."""
        return max((self.peak[name] - self.first[name], name) for name in self.first)

    async def __aenter__(self) -> Self:
        self._look_at_memory()
        self._task = asyncio.create_task(self._sample())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _sample(self) -> None:
        looks = 0
        while True:
            self.most_calls = max(self.most_calls, await asyncio.to_thread(self._calls))
            if looks % _MEMORY_EACH == 0:
                await asyncio.to_thread(self._look_at_memory)
            looks += 1
            await asyncio.sleep(_EVERY)

    def _calls(self) -> int:
        return sum(
            connection.status == psutil.CONN_ESTABLISHED
            and bool(connection.raddr)
            and connection.raddr.port == self.provider_port
            for process in self.callers
            for connection in psutil.Process(process.pid).net_connections(kind="tcp")
        )

    def _look_at_memory(self) -> None:
        for process in self.processes:
            resident = psutil.Process(process.pid).memory_info().rss / _MEBIBYTE
            self.first.setdefault(process.name, resident)
            self.peak[process.name] = max(resident, self.peak.get(process.name, 0))
