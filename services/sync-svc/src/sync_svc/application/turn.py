"""A worker's turn at a run: the calls it was granted, and what it takes to go on after them."""

from collections.abc import Awaitable, Callable

Renew = Callable[[int], Awaitable[bool]]
"""Takes another turn for a run that made so many calls in all; False when it is somebody else's."""


class TurnOver(Exception):
    """The calls of the turn are made, and the next turn is somebody else's; the page at hand is applied."""


class Turn:
    """`calls` is what the run made in all, every try of a call is one; `quantum` are granted at the beginning."""

    def __init__(self, calls: int, quantum: int, renew: Renew) -> None:
        self.calls = calls
        self._quantum = quantum
        self._until = calls + quantum
        self._renew = renew
        self._moved = False

    def begin_call(self) -> None:
        """One more."""
        self.calls += 1

    def was_no_call(self) -> None:
        """The last one was not made: the provider allows no more for now."""
        self.calls -= 1

    def move(self) -> None:
        """Something was stored that a later turn goes on from: without it, a turn could be as good as none."""
        self._moved = True

    async def goes_on(self) -> bool:
        """Whether calls are left, or nobody else waits so that there are more."""
        if self.calls < self._until or not self._moved:
            return True
        if not await self._renew(self.calls):
            return False
        self._until = self.calls + self._quantum
        return True
