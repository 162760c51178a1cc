"""Organisations take turns by calls, priorities by their shares; no worker keeps a turn that it cannot use."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.unit.sync_svc.fair_queue import FairQueue

from sync_svc.domain.turn import TurnRules

from .taking_turns import own_queue
from .waiting import Waiting


@pytest.fixture
async def waiting(postgres_server: str) -> AsyncIterator[Waiting]:
    async with own_queue(postgres_server) as made:
        yield made


async def test_turns_are_counted_in_calls_and_not_in_runs(waiting: Waiting) -> None:
    await waiting.ask("costly", "a")
    await waiting.ask("cheap", "b")
    made: Counter[str] = Counter()
    for _ in range(30):
        name = await waiting.grant()
        assert name is not None
        cost = {"costly": 8, "cheap": 2}[name]
        made[name] += cost
        await waiting.leave(name, calls=cost)
    assert abs(made["costly"] - made["cheap"]) <= waiting.rules.quantum


async def test_one_organisations_many_runs_are_served_as_one_of_another(waiting: Waiting) -> None:
    for number in range(5):
        await waiting.ask(f"many {number}", "a")
    await waiting.ask("one", "b")
    order = await waiting.turns(6, calls=8)
    assert order == ["many 0", "one"] * 3, "and of the many the one that was begun is gone on with"


async def test_who_has_turns_in_hand_is_behind_those_who_have_none(waiting: Waiting) -> None:
    for number in range(3):
        await waiting.ask(f"many {number}", "a")
    first = await waiting.grant()
    await waiting.ask("one", "b")
    assert [first, await waiting.grant(), await waiting.grant()] == ["many 0", "one", "many 1"]


async def test_a_queue_that_was_empty_has_saved_nothing_up(waiting: Waiting) -> None:
    await waiting.ask("long ago", "b")
    await waiting.ask("steady", "a")
    await waiting.finish(await waiting.grant() or "", calls=1)
    await waiting.turns(10, calls=8)
    await waiting.ask("late", "b")
    assert await waiting.turns(4, calls=8) == ["late", "steady"] * 2


async def test_asking_run_after_run_is_no_way_past_those_who_wait(waiting: Waiting) -> None:
    await waiting.ask("steady", "a")
    order = []
    for number in range(4):
        await waiting.ask(f"again {number}", "b")
        for _ in range(2):
            name = await waiting.grant()
            assert name is not None
            order.append(name.partition(" ")[0])
            await (waiting.finish if name.startswith("again") else waiting.leave)(name, calls=8)
    assert order == ["steady", "again"] * 4


async def test_persons_are_first_and_lower_priorities_have_their_shares(waiting: Waiting) -> None:
    for priority, name in enumerate(("person", "clock", "first load")):
        await waiting.ask(name, name, priority)
    made = Counter(await waiting.turns(100, calls=8))
    wanted = {"person": 70, "clock": 20, "first load": 10}
    assert all(abs(made[name] - wanted[name]) <= 2 for name in wanted), made


async def test_a_lane_that_did_not_wait_is_owed_nothing(waiting: Waiting) -> None:
    await waiting.ask("person", "a", 0)
    await waiting.turns(60, calls=8)
    await waiting.ask("first load", "b", 2)
    assert await waiting.turns(5, calls=8) == ["person"] * 5


async def test_a_lane_that_waits_for_its_providers_limit_is_owed_its_share(waiting: Waiting) -> None:
    """Else persons would take every call that a window frees, for as long as they ask."""
    await waiting.ask("person", "a", 0)
    await waiting.ask("first load", "b", 2)
    late = "update sync_run set waiting_for = 'budget', not_before = now() + $2::interval where run_id = $1"
    await waiting.execute(late, waiting.run_ids["first load"], timedelta(hours=1))
    await waiting.turns(60, calls=8)
    await waiting.execute(late, waiting.run_ids["first load"], timedelta(0))
    assert await waiting.turns(3, calls=8) == ["first load", "first load", "person"]


async def test_a_turn_that_was_not_used_up_is_given_back(waiting: Waiting) -> None:
    await waiting.ask("one", "a")
    await waiting.grant()
    assert await waiting.charged("a") == 8
    await waiting.leave("one", calls=3)
    assert await waiting.charged("a") == 3


async def test_a_worker_that_dies_gives_its_turn_back_when_its_lease_runs_out(waiting: Waiting) -> None:
    await waiting.ask("one", "a")
    await waiting.grant()
    await waiting.make_calls("one", 2)
    assert await waiting.grant() is None
    await waiting.die("one")
    assert await waiting.grant() == "one"
    assert await waiting.charged("a") == 2 + 8, "what was not called is nobody's cost"
    await waiting.leave("one", calls=1)
    assert await waiting.charged("a") == 3


async def test_a_turn_is_taken_again_only_when_nobody_else_is_next(waiting: Waiting) -> None:
    await waiting.ask("first load", "a", 2)
    await waiting.grant()
    await waiting.make_calls("first load", 8)
    assert await waiting.renew("first load")
    await waiting.ask("another of the same", "a", 2)
    await waiting.make_calls("first load", 8)
    assert await waiting.renew("first load"), "its organisation's turn is its own"
    await waiting.ask("person", "a", 0)
    await waiting.make_calls("first load", 8)
    assert not await waiting.renew("first load")
    assert await waiting.charged("a", 2) == 24


async def test_what_failed_here_a_moment_ago_is_passed_over(waiting: Waiting) -> None:
    await waiting.ask("failing", "a")
    await waiting.ask("other", "b")
    assert await waiting.grant(passing_over=("failing",)) == "other"


async def test_workers_of_several_processes_never_get_one_run_twice(waiting: Waiting) -> None:
    for number in range(12):
        await waiting.ask(f"run {number}", f"organisation {number % 3}")
    granted = await asyncio.gather(*(waiting.grant() for _ in range(12)))
    assert sorted(name or "" for name in granted) == sorted(waiting.run_ids)


async def test_places_without_debt_are_forgotten(waiting: Waiting) -> None:
    await waiting.ask("once", "a")
    await waiting.ask("steady", "b")
    await waiting.finish(await waiting.grant() or "", calls=1)
    await waiting.turns(2, calls=8)
    async with waiting.work.begin(None) as tx:
        assert await tx.turns.forget_settled() == 1
    assert await waiting.charged("a") == 0


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_the_same_is_granted_as_by_the_model(waiting: Waiting, seed: int) -> None:
    chance = random.Random(seed)
    waiting.rules = TurnRules(chance.choice([1, 3, 8]), 200, 100)
    model, in_turn = FairQueue(waiting.rules), list[str]()
    for step in range(120):
        act = chance.choice(["ask", "grant", "grant", "renew", "leave", "finish"])
        if act == "ask" and len(model.runs) < 12:
            name, organisation, priority = (
                f"run {step}",
                f"organisation {chance.randrange(4)}",
                chance.randrange(3),
            )
            model.ask(name, organisation, priority)
            await waiting.ask(name, organisation, priority)
        elif act == "grant":
            expected = model.grant()
            assert await waiting.grant() == expected, f"step {step}"
            in_turn += [] if expected is None else [expected]
        elif act in ("renew", "leave", "finish") and in_turn:
            name, calls = chance.choice(in_turn), chance.randrange(15)
            await _end_turn(model, waiting, in_turn, act, name, calls)


async def _end_turn(
    model: FairQueue, waiting: Waiting, in_turn: list[str], act: str, name: str, calls: int
) -> None:
    model.settle(name, model.runs[name].calls + calls)
    if act == "renew":
        await waiting.make_calls(name, calls)
        assert await waiting.renew(name) == (model.grant(renewing=name) is not None)
        return
    in_turn.remove(name)
    if act == "leave":
        model.leave(name)
        await waiting.leave(name, calls=calls)
    else:
        model.finish(name)
        await waiting.finish(name, calls=calls)
