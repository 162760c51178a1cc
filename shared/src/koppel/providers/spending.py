"""Calls made on permits: each try of a call is one, drawn in lots and settled with what the answers told."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from koppel.ports.budget import Budget, BudgetExhausted, Counter, Exhausted, MadeCall, Permits, Spender
from koppel.providers import failures
from koppel.providers.failures import ProviderFailure

T = TypeVar("T")

LOT = 10
"""Calls that are drawn at once: few enough that a worker that dies takes little with it."""


@dataclass(slots=True)
class _Lot:
    permits: Permits
    until: float
    begun: int = 0
    in_flight: int = 0
    ended: list[tuple[float, bool]] = field(default_factory=list)
    counters: dict[str, Counter] = field(default_factory=dict)

    def note(self, told: Iterable[Counter]) -> None:
        """The newest answer holds."""
        self.counters.update((each.window, each) for each in told)


class Spending:
    """Makes the calls of one spender, also several at once; `close` gives back what is left.

    One lot is open at a time; a call at another endpoint opens another. `reserve` is the part of each window that is
    left for others. `clock` gives seconds, for durations only.
    """

    def __init__(
        self,
        budget: Budget,
        spender: Spender,
        *,
        lot: int = LOT,
        reserve: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._spender = spender
        self._lot = lot
        self._reserve = reserve
        self._clock = clock
        self._open: _Lot | None = None
        self._drawing = asyncio.Lock()
        self.calls = 0
        """How many were begun."""

    async def call(self, endpoint: str, make: Callable[[], Awaitable[T]]) -> T:
        """One call. Raises `BudgetExhausted` without making it, and whatever the call raises."""
        async with self._budget.in_flight(self._spender):
            return await self._drawn(endpoint, make)

    async def _drawn(self, endpoint: str, make: Callable[[], Awaitable[T]]) -> T:
        lot = await self._permitted(endpoint)
        refused = False
        try:
            answer = await make()
            lot.note(getattr(answer, "usage", ()))
        except ProviderFailure as problem:
            lot.note(problem.usage)
            # The provider answered 400, 401, 403 or 404, as far as the kind of failure tells.
            refused = not problem.kind.transient
            if problem.kind is failures.RATE_LIMITED:
                await self._budget.refused(lot.permits.spender, problem.retry_after, problem.usage)
            raise
        finally:
            lot.in_flight -= 1
            lot.ended.append((self._clock(), refused))
            await self._settle_if_done(lot)
        return answer

    async def reserve(self, endpoint: str) -> None:
        """Have a lot for calls to come there. Raises `BudgetExhausted`."""
        async with self._drawing:
            await self._usable_lot(endpoint)

    async def close(self) -> None:
        """Give back what is left; no call may be in flight."""
        if (lot := self._open) is not None:
            self._open = None
            await self._settle_if_done(lot)

    async def _permitted(self, endpoint: str) -> _Lot:
        async with self._drawing:
            lot = await self._usable_lot(endpoint)
            lot.begun += 1
            lot.in_flight += 1
            self.calls += 1
            return lot

    async def _usable_lot(self, endpoint: str) -> _Lot:
        lot = self._open
        if lot is None or not self._usable(lot, endpoint):
            await self.close()
            lot = self._open = await self._draw(endpoint)
        return lot

    def _usable(self, lot: _Lot, endpoint: str) -> bool:
        held = lot.permits
        return held.spender.endpoint == endpoint and lot.begun < held.calls and self._clock() < lot.until

    async def _draw(self, endpoint: str) -> _Lot:
        asked_at = self._clock()
        drawn = await self._budget.draw(self._spender.at(endpoint), self._lot, reserve=self._reserve)
        if isinstance(drawn, Exhausted):
            raise BudgetExhausted(drawn)
        return _Lot(drawn, asked_at + drawn.seconds)

    async def _settle_if_done(self, lot: _Lot) -> None:
        if lot.in_flight or (lot is self._open and lot.begun < lot.permits.calls):
            return
        if lot is self._open:
            self._open = None
        now = self._clock()
        made = [MadeCall(now - ended, refused) for ended, refused in lot.ended]
        await self._budget.settle(lot.permits, made, lot.counters.values())
