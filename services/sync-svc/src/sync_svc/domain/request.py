"""What a request for a sync asks, and how requests share a run.

One administration has at most one run in work and one waiting. A request joins the run in work when that
run covers it; anything else waits, and what waits grows until it covers all who wait.
"""

from dataclasses import dataclass
from enum import IntEnum

from koppel.contracts.values import ResourceName, SyncMode, SyncTrigger


class Priority(IntEnum):
    """Order of service, lowest first: a person waits, the clock does not, a first load takes long anyway."""

    ON_DEMAND = 0
    INCREMENTAL = 1
    BACKFILL = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which resources (None: all that the provider offers) and how thoroughly."""

    mode: SyncMode
    resources: frozenset[ResourceName] | None = None

    def covers(self, other: "Wanted") -> bool:
        """Whether doing this does all that `other` asks."""
        thorough = self.mode is SyncMode.FULL or other.mode is SyncMode.INCREMENTAL
        if self.resources is None:
            return thorough
        return thorough and other.resources is not None and other.resources <= self.resources

    def together(self, other: "Wanted") -> "Wanted":
        """The least that covers both."""
        full = SyncMode.FULL in (self.mode, other.mode)
        everything = self.resources is None or other.resources is None
        return Wanted(
            SyncMode.FULL if full else SyncMode.INCREMENTAL,
            None if everything else (self.resources or frozenset()) | (other.resources or frozenset()),
        )


def priority_of(trigger: SyncTrigger, mode: SyncMode) -> Priority:
    """A person's or operator's request goes first; first loads and other full runs last."""
    if trigger in (SyncTrigger.USER, SyncTrigger.OPERATOR):
        return Priority.ON_DEMAND
    return Priority.BACKFILL if mode is SyncMode.FULL else Priority.INCREMENTAL
