"""What a provider tells corrects the ledger downwards only, whatever it tells; and what goes wrong lets nobody draw twice."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from koppel.platform.budget import PostgresBudget
from koppel.platform.database import Database
from koppel.platform.telemetry import metrics
from koppel.ports.budget import Spender
from koppel.providers.reading import Usage
from koppel.testing.databases import ServiceDatabase

from .windows import drawn, exhausted, later, used, window

Made = Callable[..., PostgresBudget]
DAY = 86_400


async def told(budget: PostgresBudget, spender: Spender, counter: Usage, calls: int = 1) -> None:
    """A call that was answered with these counters."""
    lot = await drawn(budget, spender, calls)
    await budget.settle(lot, used(calls), [counter])


async def test_fewer_calls_left_than_we_think_are_what_is_left(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=50), most=50)
    await told(budget, spender, Usage("minute", 50, 7, 40.0))
    assert (await drawn(budget, spender, 50)).calls == 7
    assert 38 < (await exhausted(budget, spender)).seconds <= 40


async def test_what_others_have_drawn_is_taken_from_what_is_left(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=50), most=50)
    out = await drawn(budget, spender, 5)
    await told(budget, spender, Usage("minute", 50, 7, 40.0))
    assert (await drawn(budget, spender, 50)).calls == 2
    await budget.settle(out, [])
    assert (await drawn(budget, spender, 50)).calls == 5


async def test_a_call_that_the_counters_knew_is_not_taken_twice(budget_of: Made, spender: Spender) -> None:
    budget = budget_of(window(calls=50), most=50)
    out = await drawn(budget, spender, 5)
    await told(budget, spender, Usage("minute", 50, 7, 40.0))
    await budget.settle(out, used(5, 0.5))  # all five had been made, and were counted, when it was told
    assert (await drawn(budget, spender, 50)).calls == 7


@pytest.mark.parametrize(
    "nonsense",
    [
        Usage("minute", 50, 49, 0.0),
        Usage("minute", 50, 10**17, 40.0),
        Usage("minute", 10**17, 10**17, 1e9),
        Usage("minute", 0, None, None),
        Usage("minute", None, None, None),
        Usage("unheard_of", 1, 0, 40.0),
    ],
)
async def test_more_left_and_nonsense_change_nothing(
    budget_of: Made, spender: Spender, nonsense: Usage
) -> None:
    budget = budget_of(window(calls=50), most=50)
    await told(budget, spender, Usage("minute", 50, 7, 40.0))
    await told(budget, spender, nonsense)
    assert (await drawn(budget, spender, 50)).calls == 6


async def test_more_left_than_the_limit_is_counted(
    budget_of: Made, spender: Spender, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(metrics, "count", lambda name, *_, **__: counted.append(name))
    await told(budget_of(window(calls=50)), spender, Usage("minute", 50, 51, 40.0))
    assert counted == ["koppel_budget_counters_ignored_total"]


async def test_a_limit_that_is_lower_than_documented_is_the_limit_while_it_is_told(
    budget_of: Made, spender: Spender, database: Database
) -> None:
    budget = budget_of(window(calls=90, limit=100), most=90)
    await told(budget, spender, Usage("minute", 20, 19, 40.0))
    await later(database, 62)
    assert (await drawn(budget, spender, 90)).calls == 18
    await later(database, 200)
    await told(budget, spender, Usage("minute", 100, 99, 40.0))
    assert (await drawn(budget, spender, 90)).calls == 89


async def test_counters_hold_no_longer_than_the_window(
    budget_of: Made, spender: Spender, database: Database
) -> None:
    budget = budget_of(window(calls=50), most=50)
    await told(budget, spender, Usage("minute", 50, 0, 1e9))
    await later(database, 62)
    assert (await drawn(budget, spender, 50)).calls == 50


@pytest.mark.parametrize(("seconds", "waits"), [(None, 60), (30.0, 30), (0.0, 0), (31_536_000.0, DAY)])
async def test_a_refusal_empties_the_window_until_its_time_and_a_year_is_a_day(
    budget_of: Made, spender: Spender, seconds: float | None, waits: int
) -> None:
    budget = budget_of(window(calls=50))
    await budget.refused(spender, seconds)
    if waits == 0:
        assert (await drawn(budget, spender, 1)).calls == 1
    else:
        assert waits - 2 < (await exhausted(budget, spender)).seconds <= waits


@pytest.mark.parametrize(
    ("seconds", "counter", "name"),
    [
        (None, None, "minute"),
        (30.0, None, "minute"),
        (7200.0, None, "day"),
        (30.0, Usage("day", 500, 0, 7200.0), "day"),
    ],
)
async def test_a_refusal_is_about_the_window_that_explains_it(
    budget_of: Made, spender: Spender, seconds: float | None, counter: Usage | None, name: str
) -> None:
    budget = budget_of(window(), window(calls=500, seconds=DAY, name="day"), window(name="e", errors=True))
    await budget.refused(spender, seconds, [counter] if counter else [])
    assert (await exhausted(budget, spender)).window == name


async def test_a_row_that_was_deleted_is_made_anew_from_what_was_spent(
    budget_of: Made, spender: Spender, database: Database
) -> None:
    budget = budget_of(window(calls=10))
    await budget.settle(await drawn(budget, spender, 4), used(4))
    out = await drawn(budget, spender, 3)
    async with database.system() as connection:
        await connection.execute("delete from rate_window")
    assert (await drawn(budget, spender, 10)).calls == 3
    await budget.settle(out, used(3))
    await exhausted(budget, spender)


async def test_a_company_that_was_never_called_waits_for_nothing(
    budget_of: Made, spender: Spender, database: Database
) -> None:
    budget = budget_of(window(calls=10))
    await drawn(budget, spender, 10)
    other = PostgresBudget(database, lambda _: (replace(window(calls=10), scope="company=8"),), most=10)
    assert (await drawn(other, spender, 10)).calls == 10


async def test_a_day_begins_anew_when_the_provider_says_so(
    budget_of: Made, spender: Spender, database: Database
) -> None:
    budget = budget_of(window(calls=50, seconds=DAY, name="day", daily=True), most=50)
    await told(budget, spender, Usage("day", 50, 0, 3600.0), calls=50)
    assert 3590 < (await exhausted(budget, spender)).seconds <= 3600
    await later(database, 3601)
    assert (await drawn(budget, spender, 50)).calls == 50


async def test_a_day_that_is_said_to_end_too_early_does_not(
    budget_of: Made, spender: Spender, database: Database
) -> None:
    budget = budget_of(window(calls=50, seconds=DAY, name="day", daily=True), most=50)
    await told(budget, spender, Usage("day", 50, 40, 7200.0), calls=10)
    await told(budget, spender, Usage("day", 50, 30, 1.0), calls=10)
    await later(database, 7000)
    assert (await drawn(budget, spender, 50)).calls == 30
    await later(database, 400)
    await told(budget, spender, Usage("day", 50, 49, 1.0))
    await later(database, 3600)
    assert (await drawn(budget, spender, 50)).calls < 50


@pytest.fixture
async def away(service: ServiceDatabase) -> AsyncIterator[Database]:
    """A database that can be closed and opened."""
    opened = service.open()
    await opened.open()
    yield opened
    await opened.close()


async def test_permits_that_are_out_while_the_database_is_away_count_as_used(
    budget_of: Made, spender: Spender, away: Database
) -> None:
    budget = budget_of(window(calls=10), on=away)
    lot = await drawn(budget, spender, 6)
    await away.close()
    await budget.settle(lot, used(1))
    await budget.refused(spender, 5.0)
    await away.open()
    assert (await drawn(budget, spender, 10)).calls == 4
