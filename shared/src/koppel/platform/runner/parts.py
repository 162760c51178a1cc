"""What a service consists of while it runs."""

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable

from koppel.platform.runner.waiting import wait_for


class Part(Protocol):
    """Something with a life: a pool, a server, a consumer, a loop."""

    @property
    def name(self) -> str: ...

    async def start(self) -> None:
        """Return when it works; may wait for what it needs. Cancelled when the service stops meanwhile."""
        ...

    async def stop(self) -> None:
        """End it; harmless when it never started or already stopped."""
        ...


@runtime_checkable
class Watched(Protocol):
    """A part with background work that can fail."""

    async def wait(self) -> None:
        """Return when the work ended on purpose; raise its cause when it died."""
        ...


@runtime_checkable
class Drains(Protocol):
    """A part that must finish what it took in before anything it leans on stops."""

    async def drain(self) -> None:
        """Accept no new work and finish the current."""
        ...


class ResourcePart:
    """A part made of two coroutines, e.g. `ResourcePart("database", database.open, database.close)`.

    With `waiting_for` ("PostgreSQL at host:port") the first is tried until that server is there.
    """

    def __init__(
        self,
        name: str,
        begin: Callable[[], Awaitable[object]],
        end: Callable[[], Awaitable[object]],
        *,
        waiting_for: str | None = None,
    ) -> None:
        self._name = name
        self._begin = begin
        self._end = end
        self._waiting_for = waiting_for

    @property
    def name(self) -> str:
        return self._name

    async def start(self) -> None:
        if self._waiting_for is None:
            await self._begin()
        else:
            await wait_for(self._waiting_for, self._begin)

    async def stop(self) -> None:
        await self._end()


class DrainedResource(ResourcePart):
    """One whose end may have to wait for others, such as a member that leaves its group: all of them wait at the same time.

    `end` is called again when the process stops what is left, and does nothing then.
    """

    async def drain(self) -> None:
        await self.stop()


class DrainedPart:
    """Work that requests and jobs began and that outlives them: waited for before anything it leans on stops."""

    def __init__(self, name: str, drain: Callable[[], Awaitable[object]]) -> None:
        self._name = name
        self._drain = drain

    @property
    def name(self) -> str:
        return self._name

    async def start(self) -> None:
        """Begins with the first work."""

    async def drain(self) -> None:
        await self._drain()

    async def stop(self) -> None:
        """Ended with the drain."""


class BackgroundPart:
    """Base of parts that are one endless coroutine: subclasses write `run`, which ends when `stopping` is set."""

    def __init__(self, name: str, *, stop_within: float = 5.0) -> None:
        self._name = name
        self._stop_within = stop_within
        self._task: asyncio.Task[None] | None = None
        self.stopping = asyncio.Event()

    @property
    def name(self) -> str:
        return self._name

    @abstractmethod
    async def run(self) -> None:
        """The work. An exception that leaves it ends the process."""

    async def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self.run(), name=self._name)

    async def stop(self) -> None:
        """Ask `run` to end; cancel it when it does not within `stop_within` seconds."""
        self.stopping.set()
        if self._task is None:
            return
        _, running = await asyncio.wait({self._task}, timeout=self._stop_within)
        if running:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def wait(self) -> None:
        if self._task is not None:
            # Shielded: the runner stops watching without stopping the work.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(self._task)


class TaskPart(BackgroundPart):
    """An endless coroutine that ends by cancellation, e.g. `TaskPart("relay", relay.run)`."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]], *, stop_within: float = 5.0) -> None:
        super().__init__(name, stop_within=stop_within)
        self._work = work

    async def run(self) -> None:
        await self._work()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        await super().stop()
