"""Looking whether there is a call: what a draw would say, and nothing is drawn."""

from collections.abc import Callable
from dataclasses import replace

from koppel.platform.budget import PostgresBudget
from koppel.ports.budget import Spender

from .windows import drawn, exhausted, used, window

Made = Callable[..., PostgresBudget]


async def test_a_look_says_what_a_draw_would(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=10), window(calls=4, name="hour", seconds=3600))
    await budget.settle(await drawn(budget, spender, 4), used(4))
    seen, refused = await budget.look(spender), await exhausted(budget, spender)
    assert seen is not None
    assert (seen.window, seen.of_all) == (refused.window, False) == ("hour", False)
    assert abs(seen.seconds - refused.seconds) < 60


async def test_a_look_draws_nothing(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=10))
    await budget.settle(await drawn(budget, spender, 1), used(1))
    for _ in range(3):
        assert await budget.look(spender) is None
    assert (await drawn(budget, spender, 10)).calls == 9


async def test_what_is_left_for_others_is_not_there(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=10))
    await budget.settle(await drawn(budget, spender, 8), used(8))
    assert await budget.look(spender) is None
    assert await budget.look(spender, reserve=0.2) is not None


async def test_a_window_that_nobody_drew_on_keeps_nobody(budget_of: Made, spender: Spender) -> None:
    assert await budget_of(window(calls=10)).look(spender) is None
    assert await budget_of().look(spender) is None


async def test_a_window_of_errors_says_so(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(replace(window(calls=1), errors=True))
    await budget.draw(spender, 1)
    seen = await budget.look(spender)
    assert seen is not None
    assert (seen.of_errors, seen.of_all) == (True, False)


async def test_a_window_of_all_says_so(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(replace(window(calls=1), of_all=True))
    await drawn(budget, spender, 1)
    seen = await budget.look(spender)
    assert seen is not None
    assert seen.of_all
