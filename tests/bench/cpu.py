"""Processor time by part: what a wall time on a busy machine hides."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from statistics import median

import psutil

THIS_PROGRAM = "this program"
Spent = dict[str, float]
"""Seconds by part."""


def spent(pids: Mapping[str, Sequence[int]]) -> Spent:
    """Processor time until now of each part (its processes, their children, and children that ended) and of
    this program (without the stack that it started).
    """
    own = psutil.Process().cpu_times()
    return {part: sum(_of(pid) for pid in ours) for part, ours in pids.items()} | {
        THIS_PROGRAM: own.user + own.system
    }


def between(before: Spent, after: Spent) -> Spent:
    """What was spent from one reading to the other."""
    return {part: after[part] - before.get(part, 0.0) for part in after}


def medians(rounds: Sequence[Spent]) -> Spent:
    """The median of each part."""
    return {part: median(each[part] for each in rounds) for part in rounds[0]} if rounds else {}


def in_words(used: Spent, *, least: float = 0.05) -> str:
    """`postgres 2.1 s, sync-svc 1.9 s`: the most first, what is less than `least` left out."""
    most_first = sorted(used.items(), key=lambda part: -part[1])
    return ", ".join(f"{part} {seconds:.1f} s" for part, seconds in most_first if seconds >= least)


def _of(pid: int) -> float:
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        times = process.cpu_times()
        total = times.user + times.system + times.children_user + times.children_system
        for child in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                own = child.cpu_times()
                total += own.user + own.system
    return total
