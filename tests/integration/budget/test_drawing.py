"""Lots: never more than a window has, and what is not used comes back."""

import asyncio
from collections.abc import Callable

from koppel.platform.budget import LEASE, PostgresBudget
from koppel.platform.database import Database
from koppel.ports.budget import Permits, Spender

from .windows import drawn, exhausted, later, used, window

Made = Callable[..., PostgresBudget]


async def test_a_window_gives_its_calls_and_no_more(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=15))
    assert [(await drawn(budget, spender, 10)).calls for _ in range(2)] == [10, 5]
    await exhausted(budget, spender)


async def test_a_lot_is_never_larger_than_the_largest(budget_of: Made, spender: Spender) -> None:
    assert (await drawn(budget_of(window(calls=500), most=4), spender, 100)).calls == 4


async def test_all_windows_of_a_spender_give_a_lot_together(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=10), window(calls=3, seconds=86_400, name="day"))
    assert (await drawn(budget, spender, 10)).calls == 3
    assert (await exhausted(budget, spender)).window == "day"


async def test_what_was_not_used_comes_back(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=10))
    lot = await drawn(budget, spender, 10)
    await budget.settle(lot, used(4))
    assert (await drawn(budget, spender, 10)).calls == 6


async def test_a_lot_that_is_settled_twice_counts_once(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=10))
    lot = await drawn(budget, spender, 5)
    await budget.settle(lot, [])
    await budget.settle(lot, [])
    assert (await drawn(budget, spender, 10)).calls == 10


async def test_a_call_counts_for_a_window_after_it_was_made(
    budget_of: Made, spender: Spender, database: Database
) -> None:
    budget = budget_of(window(calls=4))
    await budget.settle(await drawn(budget, spender, 4), used(4))
    await later(database, 59)
    assert 0 < (await exhausted(budget, spender)).seconds <= 3
    await later(database, 3)
    assert (await drawn(budget, spender, 10)).calls == 4


async def test_calls_come_back_one_by_one_as_they_grow_old(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=4))
    lot = await drawn(budget, spender, 4)
    await budget.settle(lot, [*used(1, 61.5), *used(3, 30.0)])
    lot = await drawn(budget, spender, 10)
    assert lot.calls == 1
    await budget.settle(lot, used(1))
    assert 29 < (await exhausted(budget, spender)).seconds < 32


async def test_permits_of_a_dead_worker_count_as_used_and_are_free_a_window_later(
    budget_of: Made, spender: Spender, database: Database
) -> None:
    budget = budget_of(window(calls=4))
    await drawn(budget, spender, 4)
    await later(database, LEASE.total_seconds() + 59)
    await exhausted(budget, spender)
    await later(database, 2)
    assert (await drawn(budget, spender, 10)).calls == 4


async def test_a_reserve_is_left_for_others(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=10))
    assert (await drawn(budget, spender, 10, reserve=0.3)).calls == 7
    await exhausted(budget, spender, reserve=0.3)
    assert (await drawn(budget, spender, 10)).calls == 3


async def test_wrong_calls_are_counted_apart(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=100), window(calls=4, seconds=3600, name="errors", errors=True))
    lot = await drawn(budget, spender, 10)
    assert lot.calls == 4
    await budget.settle(lot, [*used(3), *used(1, refused=True)])
    assert (await drawn(budget, spender, 10)).calls == 3


async def test_a_provider_without_windows_gives_what_is_asked(budget_of: Made, spender: Spender) -> None:
    assert (await drawn(budget_of(), spender, 10)).calls == 10


async def test_many_that_draw_at_once_never_get_more_than_there_is(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=100), window(calls=90, seconds=3600, name="hour"), most=7)

    async def until_there_is_nothing() -> int:
        calls = 0
        while isinstance(lot := await budget.draw(spender, 7), Permits):
            made = max(1, lot.calls - 2)
            calls += made
            await budget.settle(lot, used(made))
        return calls

    each = await asyncio.gather(*(until_there_is_nothing() for _ in range(8)))
    assert 60 <= sum(each) <= 90
