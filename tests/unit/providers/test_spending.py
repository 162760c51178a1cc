"""Calls on permits: what is drawn, what is given back, and what is told."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import pytest

from koppel.kernel.ids import new_id
from koppel.ports.budget import BudgetExhausted, Counter, Exhausted, MadeCall, Permits, Spender
from koppel.providers import failures
from koppel.providers.failures import failure
from koppel.providers.listed_records import Page
from koppel.providers.reading import Usage
from koppel.providers.spending import Spending
from koppel.testing.budgets import NoLimit

SPENDER = Spender(provider="eaccounting", organisation_id=new_id(), grant_id=new_id(), endpoint="")


@dataclass
class Lots(NoLimit):
    """A budget of so many calls; remembers what was done."""

    left: int = 100
    drawn: list[Permits] = field(default_factory=list)
    settled: list[tuple[Permits, list[MadeCall], list[Counter]]] = field(default_factory=list)
    refusals: list[float | None] = field(default_factory=list)

    async def draw(self, spender: Spender, calls: int, *, reserve: float = 0.0) -> Permits | Exhausted:
        if self.left == 0:
            return Exhausted("minute", datetime.now(UTC), 12.0)
        granted = min(calls, self.left)
        self.left -= granted
        self.drawn.append(Permits(new_id(), spender, granted, 25.0))
        return self.drawn[-1]

    async def look(self, spender: Spender, *, reserve: float = 0.0) -> Exhausted | None:
        return None if self.left else Exhausted("minute", datetime.now(UTC), 12.0)

    async def settle(self, lot: Permits, made: Sequence[MadeCall], counters: Iterable[Counter] = ()) -> None:
        self.left += lot.calls - len(made)
        self.settled.append((lot, list(made), list(counters)))

    async def refused(
        self, spender: Spender, seconds: float | None, counters: Iterable[Counter] = ()
    ) -> None:
        self.refusals.append(seconds)


class Now:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


async def nothing() -> None:
    return None


async def test_a_lot_is_drawn_once_and_used_up_before_the_next() -> None:
    lots = Lots()
    spending = Spending(lots, SPENDER, lot=3)
    for _ in range(4):
        await spending.call("customers", nothing)
    assert [each.calls for each in lots.drawn] == [3, 3]
    assert [len(made) for _, made, _ in lots.settled] == [3]


async def test_what_was_not_used_is_given_back() -> None:
    lots = Lots()
    spending = Spending(lots, SPENDER, lot=10)
    await spending.call("customers", nothing)
    await spending.close()
    assert lots.left == 99


async def test_nothing_is_settled_twice() -> None:
    lots = Lots()
    spending = Spending(lots, SPENDER, lot=1)
    await spending.call("customers", nothing)
    await spending.close()
    await spending.close()
    assert len(lots.settled) == 1


async def test_another_endpoint_is_another_lot() -> None:
    lots = Lots()
    spending = Spending(lots, SPENDER, lot=5)
    await spending.call("customers", nothing)
    await spending.call("vouchers", nothing)
    assert [each.spender.endpoint for each in lots.drawn] == ["customers", "vouchers"]
    assert [len(made) for _, made, _ in lots.settled] == [1]


async def test_a_lot_that_is_too_old_is_not_used_any_more() -> None:
    lots, now = Lots(), Now()
    spending = Spending(lots, SPENDER, lot=5, clock=now)
    await spending.call("customers", nothing)
    now.seconds += 25.0
    await spending.call("customers", nothing)
    assert len(lots.drawn) == 2
    [(_, made, _)] = lots.settled
    assert made == [MadeCall(25.0)]


async def test_without_permits_no_call_is_made() -> None:
    made: list[str] = []

    async def call() -> None:
        made.append("call")

    with pytest.raises(BudgetExhausted) as raised:
        await Spending(Lots(left=0), SPENDER).call("customers", call)
    assert not made
    assert raised.value.retry_after == 12.0


async def test_a_call_that_fails_was_made_and_one_that_was_wrong_is_told() -> None:
    lots = Lots()
    spending = Spending(lots, SPENDER, lot=2)
    for kind in (failures.TIMEOUT, failures.FORBIDDEN):

        async def call(kind: failures.FailureKind = kind) -> None:
            raise failure(kind)

        with pytest.raises(failures.ProviderFailure):
            await spending.call("customers", call)
    [(_, made, _)] = lots.settled
    assert [each.refused for each in made] == [False, True]


async def test_a_refusal_for_the_number_is_told_at_once() -> None:
    lots = Lots()

    async def call() -> None:
        raise failure(failures.RATE_LIMITED, retry_after=7.0, usage=(Usage("minute", 60, 0, 7.0),))

    with pytest.raises(failures.ProviderFailure):
        await Spending(lots, SPENDER).call("customers", call)
    assert lots.refusals == [7.0]


async def test_the_newest_counters_of_the_answers_are_settled_with() -> None:
    lots = Lots()
    spending = Spending(lots, SPENDER, lot=2)
    for left in (9, 8):
        await spending.call("customers", partial(answer, left))
    [(_, _, counters)] = lots.settled
    assert [each.remaining for each in counters] == [8]


async def answer(left: int) -> Page:
    return Page(records=[], broken=[], next=None, usage=(Usage("minute", 10, left, 30.0),))


async def test_calls_concurrently_take_a_permit_each_and_settle_with_the_last() -> None:
    lots, go_on = Lots(), asyncio.Event()

    async def call() -> None:
        await go_on.wait()

    spending = Spending(lots, SPENDER, lot=2)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(spending.call("customers", call))
        await asyncio.sleep(0)
        go_on.set()
    assert [each.calls for each in lots.drawn] == [2, 2]
    assert [len(made) for _, made, _ in lots.settled] == [2, 2]
    assert spending.calls == 4


async def test_a_call_that_is_let_go_was_made() -> None:
    lots = Lots()

    async def call() -> None:
        await asyncio.Event().wait()

    spending = Spending(lots, SPENDER, lot=1)
    task = asyncio.create_task(spending.call("customers", call))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [len(made) for _, made, _ in lots.settled] == [1]
