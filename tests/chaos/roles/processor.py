"""What processes had of the processors, and how long they waited for one: a machine that is busy with other work makes them wait.

Linux keeps both for each thread. Where it does not, nothing is said.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_NANOSECONDS = 1e9


@dataclass(frozen=True, slots=True)
class Share:
    """Seconds."""

    had: float = 0.0
    waited: float = 0.0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.had + other.had, self.waited + other.waited)

    def __sub__(self, other: "Share") -> "Share":
        return Share(self.had - other.had, self.waited - other.waited)

    def told(self, reads: int) -> str:
        """A read's part of it."""
        had, waited = (1000 * seconds / max(1, reads) for seconds in (self.had, self.waited))
        return f"had a processor for {had:.0f} ms a read and waited for one {waited:.0f} ms"


def shares_of(pids: Iterable[int]) -> dict[int, Share]:
    """Of each process since it began, its threads together."""
    return {pid: sum(map(_of_thread, Path(f"/proc/{pid}/task").glob("*/schedstat")), Share()) for pid in pids}


def between(before: dict[int, Share], after: dict[int, Share]) -> Share:
    """What those that were there all the time had between two looks."""
    return sum((after[pid] - before[pid] for pid in before.keys() & after.keys()), Share())


def family(pid: int) -> list[int]:
    """A process and what it started."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def _of_thread(kept: Path) -> Share:
    with suppress(OSError):
        had, waited, *_ = kept.read_text(encoding="ascii").split()
        return Share(int(had) / _NANOSECONDS, int(waited) / _NANOSECONDS)
    return Share()
