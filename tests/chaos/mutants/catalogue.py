"""Seeded bugs by name. Each is a context in which the platform's code is wrong in one known way."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

Bug = Callable[[], Iterator[None]]

STANDING_STILL = frozenset(
    {
        "not drained", "producer not replaced", "stream left behind", "loops over malformed bytes",
        "writer stalled", "writer waits for the purge",
    }
)  # fmt: skip
"""Checks that say that something did not happen: how long to wait for it is a choice."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`killed_by` is the scenario that must fail, `checks` what it may fail with."""

    name: str
    killed_by: str
    checks: frozenset[str]
    applied: Callable[[], AbstractContextManager[None]]

    @property
    def stands_still(self) -> bool:
        """Whether it may be killed by seeing that nothing happens any more."""
        return bool(self.checks & STANDING_STILL)


MUTANTS: dict[str, Mutant] = {}


def mutant(killed_by: str, *checks: str) -> Callable[[Bug], Bug]:
    """Register a seeded bug under its function's name in words."""

    def register(bug: Bug) -> Bug:
        name = bug.__name__.replace("_", " ")
        MUTANTS[name] = Mutant(name, killed_by, frozenset(checks), contextmanager(bug))
        return bug

    return register


def changed(text: str, old: str, new: str) -> str:
    """The text with one change; a mutant that no longer finds its place says so instead of surviving."""
    if old not in text:
        raise LookupError(f"the code has changed, the seeded bug finds no {old!r}")
    return text.replace(old, new)
