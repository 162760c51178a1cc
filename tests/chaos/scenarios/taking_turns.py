"""Who may call a provider next: nobody is starved, and nobody has more than its share."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import Stage, expect
from tests.chaos.rig.synchronised import synchronised
from tests.integration.sync_svc.waiting import Waiting

QUANTUM = 8


@asynccontextmanager
async def queued(stage: Stage) -> AsyncIterator[Waiting]:
    async with synchronised(stage) as organisation:
        yield Waiting(organisation.database)


@scenario(criterion=17)
async def organisations_make_the_same_calls_whatever_a_run_costs(stage: Stage) -> None:
    async with queued(stage) as here:
        costs, made = {"dear": QUANTUM, "cheap": 1}, Counter[str]()
        for name in costs:
            await here.ask(name, name)
        for _ in range(60):
            name = await here.grant() or ""
            await here.leave(name, calls=costs[name])
            made[name] += costs[name]
        expect("unequal calls", abs(made["dear"] - made["cheap"]) <= QUANTUM, f"{made}")


@scenario(criterion=17)
async def queue_that_was_empty_saved_nothing_up(stage: Stage) -> None:
    async with queued(stage) as here:
        await here.ask("early", "late")
        await here.finish(await here.grant() or "", calls=1)
        await here.ask("steady", "steady")
        await here.turns(20, calls=QUANTUM)
        await here.ask("late", "late")
        order = await here.turns(4, calls=QUANTUM)
        expect("burst", order == ["late", "steady"] * 2, f"{order}")


@scenario(criterion=17)
async def first_load_goes_on_while_persons_ask(stage: Stage) -> None:
    async with queued(stage) as here:
        await here.ask("person", "person", priority=0)
        await here.ask("first load", "first load", priority=2)
        made = Counter(await here.turns(60, calls=QUANTUM))
        expect("starved", made["first load"] >= 5, f"{made}")


@scenario(criterion=17)
async def person_starts_after_a_turn_of_a_first_load_and_not_after_all_of_it(stage: Stage) -> None:
    async with synchronised(stage) as large:
        large.alone = False
        large.provider.add_customers(300)
        here = Waiting(large.database)
        run_id = await large.ask(large.request())
        await here.ask("person", "another", priority=0)
        await large.perform(run_id)
        made = (await large.run(run_id)).run.calls
        expect("held to its end", made <= QUANTUM, f"{made} calls before others were served")


@scenario(criterion=17)
async def turn_of_a_worker_that_died_is_had_again(stage: Stage) -> None:
    async with queued(stage) as here:
        await here.ask("one", "organisation")
        for _ in range(10):
            await here.grant()
            await here.make_calls("one", 1)
            await here.die("one")
        charged = await here.charged("organisation")
        expect("charged for the dead", charged <= 10 + QUANTUM, f"{charged} calls charged, 10 made")


@scenario(criterion=17)
async def first_load_that_waits_for_a_limit_keeps_its_share(stage: Stage) -> None:
    late = "update sync_run set waiting_for = 'budget', not_before = now() + $2::interval where run_id = $1"
    async with queued(stage) as here:
        await here.ask("person", "person", priority=0)
        await here.ask("first load", "first load", priority=2)
        await here.execute(late, here.run_ids["first load"], timedelta(hours=1))
        await here.turns(40, calls=QUANTUM)
        await here.execute(late, here.run_ids["first load"], timedelta(0))
        order = await here.turns(1, calls=QUANTUM)
        expect("starved", order == ["first load"], "what a window frees is the persons' again and again")
