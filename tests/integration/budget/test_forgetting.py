"""What nobody asks for any more is dropped; what counts stays."""

from collections.abc import Callable

from koppel.platform.budget import PostgresBudget, forget_spend
from koppel.platform.database import Database
from koppel.ports.budget import Spender

from .windows import drawn, exhausted, later, used, window

DAY = 86_400


async def test_a_window_that_still_counts_is_kept_and_an_old_one_goes(
    budget_of: Callable[..., PostgresBudget], spender: Spender, database: Database
) -> None:
    budget = budget_of(window(calls=5, seconds=DAY, name="day"))
    await budget.settle(await drawn(budget, spender, 5), used(5))
    async with database.system() as connection:
        await forget_spend(connection)
    await exhausted(budget, spender)
    await later(database, 3 * DAY)
    async with database.system() as connection:
        await forget_spend(connection)
        assert await connection.fetchval("select count(*) from rate_window") == 0


async def test_who_spent_what_is_kept_for_a_fortnight(
    budget_of: Callable[..., PostgresBudget], spender: Spender, database: Database
) -> None:
    await drawn(budget_of(window()), spender, 1)
    kept = []
    for days in (13, 15):
        async with database.system() as connection:
            await connection.execute(
                "update call_spend set hour = now() - make_interval(days => $1::int)", days
            )
            await forget_spend(connection)
            kept.append(await connection.fetchval("select count(*) from call_spend"))
    assert kept == [1, 0]
