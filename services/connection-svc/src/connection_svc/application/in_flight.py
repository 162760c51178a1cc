"""Work that a provider may have acted on: it outlives the request that began it, and a stopping process waits for it."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from koppel.kernel.errors import Transient

log = logging.getLogger(__name__)
T = TypeVar("T")

_PATIENCE = 12.0
_DRAIN = 10.0
_GIVE_UP = 1.5
"""Seconds: a caller waits so long, a stopping process so long for all, and so long for what it then cancels."""


class InFlight:
    """The work of one process."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self.stopping = False

    def begin(self, work: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
        """Run it to its end even when the caller disconnects. Raises `service_stopping` once the process drains."""
        if self.stopping:
            work.close()
            raise _stopping()
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def leave(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run it in the background and log a failure. Raises `service_stopping`."""
        self.begin(work, name).add_done_callback(_tell)

    async def result(self, task: "asyncio.Task[T]") -> T:
        """What came of it. Raises `still_in_progress` when that takes too long for a caller; the work goes on."""
        try:
            await asyncio.wait({task}, timeout=_PATIENCE)
        finally:
            if not task.done():
                task.add_done_callback(_tell)
        if not task.done():
            raise Transient("still_in_progress", "It is still being done; try again.", retry_after=2)
        if task.cancelled():
            raise _stopping()
        return task.result()

    async def drain(self) -> None:
        """Accept no new work and finish the running; what cannot finish in time is cancelled and may clean up."""
        self.stopping = True
        for patience in (_DRAIN, _GIVE_UP):
            if not self._running:
                return
            _, left = await asyncio.wait(self._running, timeout=patience)
            for task in left:
                log.error("%s did not end within %.0f s", task.get_name(), patience)
                task.cancel()


def _stopping() -> Transient:
    return Transient("service_stopping", "The service is stopping; try again.", retry_after=1)


def _tell(task: "asyncio.Task[Any]") -> None:
    """Its caller is gone, so a failure is logged here."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("%s failed: %s", task.get_name(), getattr(error, "code", type(error).__name__))
