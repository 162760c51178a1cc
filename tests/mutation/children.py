"""Forked processes, as many at once as there are processors, each with a deadline."""

import os
import signal
import time
from collections.abc import Callable
from typing import Protocol

_LONGEST = 60.0
"""Seconds: a change that turns a loop endless counts as noticed."""


Key = tuple[str, int, str, bool]
"""Module, line, the change in words, whether a test passes it."""


class Note(Protocol):
    """Takes the outcome of one child."""

    def __call__(self, key: Key, *, noticed: bool) -> None: ...


class Children:
    """`start` waits for a free place."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._running: dict[int, tuple[Key, float]] = {}
        self._places = os.cpu_count() or 1

    def start(self, key: Key, work: Callable[[], None]) -> None:
        """Do the work in a fork: it ends with 0 when `work` returns, and with another code when it fails."""
        while len(self._running) >= self._places:
            self._collect()
        child = os.fork()
        if child == 0:
            _be_silent()
            try:
                work()
            except BaseException:  # noqa: BLE001  (whatever the change raises, it was noticed)
                os._exit(1)
            os._exit(0)
        self._running[child] = (key, time.monotonic() + _LONGEST)

    def wait_for_all(self) -> None:
        """Until every child has ended."""
        while self._running:
            self._collect()

    def _collect(self) -> None:
        for child, (key, deadline) in list(self._running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                ended, status = os.waitpid(child, 0)
            if ended:
                del self._running[child]
                self._note(key, noticed=status != 0)
        time.sleep(0.002)


def _be_silent() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
