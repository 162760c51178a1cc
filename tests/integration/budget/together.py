"""A provider that counts for itself, and processes that call it together."""

import asyncio
import time
from dataclasses import dataclass, field

from koppel.platform.budget import PostgresBudget
from koppel.ports.budget import BudgetExhausted, Spender
from koppel.providers.spending import Spending

FIVE_MINUTES = 300.0


@dataclass
class CountingProvider:
    """When each call came; `most_in` is the provider's own count."""

    came: list[float] = field(default_factory=list)

    async def call(self) -> None:
        self.came.append(time.monotonic())
        await asyncio.sleep(0.002)

    def most_in(self, seconds: float) -> int:
        """The most calls in any stretch of so many seconds: what a provider counts that begins a window anywhere."""
        return max(sum(begin <= at < begin + seconds for at in self.came) for begin in self.came)


async def call_together(
    budgets: list[PostgresBudget], spender: Spender, *, calls: int, workers: int = 2
) -> CountingProvider:
    """Each budget is a process of its own, whose clock is five minutes from the one before; until so many calls were made."""
    provider = CountingProvider()

    async def work(budget: PostgresBudget, ahead: float) -> None:
        spending = Spending(budget, spender, lot=4, clock=lambda: time.monotonic() + ahead)
        while len(provider.came) < calls:
            try:
                await spending.call("customers", provider.call)
            except BudgetExhausted as waits:
                await asyncio.sleep(waits.exhausted.seconds)
        await spending.close()

    async with asyncio.TaskGroup() as group:
        for place, budget in enumerate(budgets):
            for _ in range(workers):
                group.create_task(work(budget, place * FIVE_MINUTES))
    return provider
