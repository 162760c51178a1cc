"""A budget that always has calls, for tests of something else."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from koppel.kernel.ids import new_id
from koppel.ports.budget import Counter, Exhausted, MadeCall, Permits, Spender


class NoLimit:
    """Implements `Budget`; counts nothing."""

    @asynccontextmanager
    async def in_flight(self, spender: Spender) -> AsyncIterator[None]:  # noqa: ARG002
        yield

    async def draw(self, spender: Spender, calls: int, *, reserve: float = 0.0) -> Permits | Exhausted:  # noqa: ARG002
        return Permits(new_id(), spender, calls, 3600.0)

    async def look(self, spender: Spender, *, reserve: float = 0.0) -> Exhausted | None:
        """Never anything."""

    async def settle(self, lot: Permits, made: Sequence[MadeCall], counters: Iterable[Counter] = ()) -> None:
        """Nothing to give back."""

    async def refused(
        self, spender: Spender, seconds: float | None, counters: Iterable[Counter] = ()
    ) -> None:
        """Nothing to empty."""
