"""Turns: who may call a provider next, and for how many calls.

Deficit round robin over organisations inside a priority: a turn is a quantum of calls, charged when it is granted and
settled by the calls that were made, whichever run made them. Lower priorities have a reserved share while they wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from sync_svc.domain.request import Priority
from sync_svc.domain.run import Run

WHOLE = 1000
"""Shares are thousandths: whatever is reckoned with them stays an integer."""
LONG_WAIT = timedelta(minutes=10)
"""A window of minutes is full every now and then and runs go on by themselves; one of an hour or a day keeps them for long."""


@dataclass(frozen=True, slots=True)
class TurnRules:
    """Calls a turn, and the thousandths of all calls that the two lower priorities have while they wait."""

    quantum: int = 8
    incremental: int = 200
    backfill: int = 100

    @property
    def shares(self) -> tuple[int, int, int]:
        """By priority; the highest has no reserve, it has what is left."""
        return 0, self.incremental, self.backfill


DEFAULT_RULES = TurnRules()
_LEFT = {Priority.ON_DEMAND: 0.0, Priority.INCREMENTAL: 0.02, Priority.BACKFILL: 0.04}


def left_to_others(priority: Priority) -> float:
    """The part of each rate window that runs of this priority leave to those before them.

    So that a person is served at once where first loads have used up a window; as much as lets first loads alone use
    95 % of it.
    """
    return _LEFT[priority]


@dataclass(frozen=True, slots=True)
class Granted:
    """A turn with the lease on its run: its fence, and how many owners before let it expire."""

    run_id: UUID
    fence: int
    takeovers: int


class Turns(Protocol):
    """The queue that grants turns; one for all processes."""

    async def grant(
        self, rules: TurnRules, *, owner: str, lasts: timedelta, passing_over: Sequence[UUID]
    ) -> Granted | None:
        """The next turn, leased to `owner`; None when no run waits that may go on, these left out."""
        ...

    async def renew(self, run: Run, rules: TurnRules, calls: int) -> bool:
        """Settle, and take another turn unless it is somebody else's."""
        ...

    async def settle(self, run_id: UUID, calls: int) -> None:
        """The run made so many calls in all: more than the turn's are charged, fewer given back."""
        ...

    async def waiting_for_budget(self, beyond: timedelta) -> dict[str, int]:
        """Administrations, by provider, whose run waits so much longer for calls; those without any are left out."""
        ...

    async def forget_settled(self) -> int:
        """Drop what says nothing any more; returns how many organisations that was."""
        ...
