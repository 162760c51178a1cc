"""Forked processes, as many at once as there are processors, each with a deadline."""

import os
import resource
import signal
import time
from collections.abc import Callable

SURVIVED = 0
"""The exit code of a child whose work returned."""
NOBODY = 255
"""That of one whose work raised, or that ran in circles: noticed, by no test in particular."""


class Children:
    """Each child has a number, told to `note` with its exit code. `start` waits for a free place.

    A child may take `seconds` of processor time, and eight times as long by the clock.
    """

    def __init__(self, note: Callable[[int, int], None], seconds: float) -> None:
        self._note, self._seconds = note, seconds
        self._running: dict[int, tuple[int, float]] = {}
        self._places = os.cpu_count() or 1

    def start(self, number: int, work: Callable[[], int]) -> None:
        """Do the work in a fork; what it returns is the exit code."""
        while len(self._running) >= self._places:
            self._collect()
        child = os.fork()
        if child == 0:
            _become_small(int(self._seconds))
            try:
                os._exit(work())
            except BaseException:  # noqa: BLE001  (whatever the change raises, it was noticed)
                os._exit(NOBODY)
        self._running[child] = (number, time.monotonic() + 8 * self._seconds)

    def wait_for_all(self) -> None:
        """Until every child has ended."""
        while self._running:
            self._collect()

    def _collect(self) -> None:
        for child, (number, deadline) in list(self._running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                ended, status = os.waitpid(child, 0)
            if ended:
                del self._running[child]
                code = os.waitstatus_to_exitcode(status)
                self._note(number, code if code >= 0 else NOBODY)
        time.sleep(0.002)


def _become_small(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
