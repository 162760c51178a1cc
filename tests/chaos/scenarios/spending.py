"""What a provider allows: no call above it, whoever makes it and whatever goes wrong, and nothing of it is lost for good."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import Stage, expect
from tests.chaos.rig.synchronised import synchronised
from tests.integration.budget.together import call_together
from tests.integration.budget.windows import drawn, later, used, window
from tests.integration.sync_svc.limited import taken, use_up, windowed
from tests.integration.sync_svc.organisation import Organisation

from koppel.contracts.values import SyncTrigger
from koppel.kernel.ids import new_id
from koppel.platform.budget import LEASE, CompanyPlaces, PostgresBudget
from koppel.platform.database import Database
from koppel.ports.budget import BudgetExhausted, Exhausted, Permits, ScopedWindow, Spender
from koppel.providers.reading import Usage
from koppel.providers.spending import Spending
from koppel.testing.databases import service_database
from sync_svc.domain.run import WaitingFor

DAY = 86_400
SPENDER = Spender(provider="exact_online", organisation_id=new_id(), grant_id=new_id(), endpoint="customers")


@asynccontextmanager
async def ledger(
    stage: Stage, *windows: ScopedWindow, processes: int = 1
) -> AsyncIterator[Sequence[tuple[PostgresBudget, Database]]]:
    """The ledger of a service, as each of its processes has it."""
    async with service_database(
        stage.service.admin_dsn, "platform", "koppel.testing.platform_only"
    ) as service:
        pools = [service.open(max_size=4) for _ in range(processes)]
        for pool in pools:
            await pool.open()
        try:
            yield [(PostgresBudget(pool, lambda _: windows, most=50), pool) for pool in pools]
        finally:
            for pool in pools:
                await pool.close()


def calls_of(lot: Permits | Exhausted) -> int:
    return lot.calls if isinstance(lot, Permits) else 0


@scenario(criterion=19)
async def processes_call_no_more_than_their_share_together(stage: Stage) -> None:
    async with ledger(stage, window(calls=20, seconds=1), processes=2) as processes:
        provider = await call_together([budget for budget, _ in processes], SPENDER, calls=45)
        most = provider.most_in(1.0)
        expect("above the share", most <= 20, f"{most} calls of 20 in a second")


@scenario(criterion=19)
async def calls_of_a_company_are_made_one_after_another_by_all_processes(stage: Stage) -> None:
    """One is in flight until the other process has tried: left to chance, a quick one is through before the other begins."""
    async with ledger(stage, window(calls=60), processes=2) as processes:
        places = [CompanyPlaces(pool, {SPENDER.provider: 1}, patience=0.05) for _, pool in processes]
        here, there = (
            Spending(
                PostgresBudget(pool, lambda _: (window(calls=60),), most=4, places=own),
                replace(SPENDER, company="7"),
            )
            for (_, pool), own in zip(processes, places, strict=True)
        )
        met = await here.call("customers", lambda: _gets_through(there))
        expect("two at once", not met, "two calls of the company were in flight")
        expect("place is kept", await _gets_through(there), "nobody is in flight, and no call gets through")
        for spending, own in zip((here, there), places, strict=True):
            await spending.close()
            own.close()


async def _gets_through(spending: Spending) -> bool:
    try:
        await spending.call("customers", lambda: asyncio.sleep(0))
    except BudgetExhausted:
        return False
    return True


@scenario(criterion=19)
async def permits_of_a_worker_that_died_count_for_a_window_and_no_longer(stage: Stage) -> None:
    async with ledger(stage, window(calls=10)) as [(budget, database)]:
        await drawn(budget, SPENDER, 10)
        await later(database, LEASE.total_seconds() + 30)
        early = calls_of(await budget.draw(SPENDER, 10))
        expect("drawn twice", early == 0, f"{early} calls were drawn that the dead may have made")
        await later(database, 32)
        free = calls_of(await budget.draw(SPENDER, 10))
        expect("lost for good", free == 10, f"{free} of 10 calls are free after the dead worker's window")


@scenario(criterion=19)
async def day_is_over_when_the_provider_says_so(stage: Stage) -> None:
    async with ledger(stage, window(calls=50, seconds=DAY, name="day", daily=True)) as [(budget, database)]:
        lot = await drawn(budget, SPENDER, 50)
        await budget.settle(lot, used(50), [Usage("day", 50, None, 3600.0)])
        early = calls_of(await budget.draw(SPENDER, 1))
        expect("drawn twice", early == 0, "a day was over by another clock than the provider's")
        await later(database, 3601)
        anew = calls_of(await budget.draw(SPENDER, 50))
        expect("lost for good", anew == 50, f"{anew} calls of a new day")


@scenario(criterion=19)
async def refusal_keeps_every_process_from_calling(stage: Stage) -> None:
    async with ledger(stage, window(calls=50), processes=2) as [(here, _), (there, _)]:
        await here.refused(SPENDER, 30.0)
        called = calls_of(await there.draw(SPENDER, 10))
        expect(
            "called after a refusal", called == 0, f"{called} calls within the time that the provider told"
        )


@scenario(criterion=19)
async def row_that_was_deleted_lets_nobody_draw_twice(stage: Stage) -> None:
    async with ledger(stage, window(calls=10)) as [(budget, database)]:
        await budget.settle(await drawn(budget, SPENDER, 8), used(8))
        async with database.system() as connection:
            await connection.execute("delete from rate_window")
        again = calls_of(await budget.draw(SPENDER, 10))
        expect("drawn twice", again == 2, f"{again} calls of a window that had 2 left")


@scenario(criterion=19)
async def person_is_served_where_first_loads_used_up_the_window(stage: Stage) -> None:
    async with synchronised(stage) as large:
        windowed(large).provider.add_customers(600)
        await large.perform(await large.ask(large.request(trigger=SyncTrigger.IMPORT)))
        person = Organisation(large.database)
        person.provider_id, person.budget = large.provider_id, large.budget
        person.provider.add_customers(20)
        await (await person.arrive()).perform(await person.ask(person.request()))
        made = len(person.provider.calls)
        expect("nothing left", made > 0, "first loads took every call of the window")


@scenario(criterion=19)
async def nothing_is_begun_where_no_call_is_left(stage: Stage) -> None:
    async with synchronised(stage) as here:
        await use_up(windowed(here))
        run_id = await here.ask(here.request())
        begun = await taken(here)
        expect("begun in vain", not begun, "a run was begun that can make no call")
        waits = (await here.run(run_id)).run.waiting_for
        expect("not told", waits is WaitingFor.BUDGET, f"it waits for {waits}")
