"""A run calls on permits, waits where there are none, and goes on at the page behind the last."""

from collections.abc import Awaitable, Callable

from koppel.contracts.values import SyncMode, SyncOutcome, SyncTrigger
from koppel.platform.budget import PostgresBudget
from koppel.ports.budget import ScopedWindow
from koppel.providers import failures
from koppel.providers.failures import failure
from sync_svc.domain.run import RunState

from .organisation import Organisation


def limited(organisation: Organisation, calls: int, *, most: int = 10) -> PostgresBudget:
    window = ScopedWindow(
        provider=organisation.provider_id,
        name="minute",
        scope=f"company={organisation.administration_id}",
        limit=calls,
        calls=calls,
        seconds=60,
    )
    return PostgresBudget(organisation.database, lambda _: (window,), most=most)


async def a_minute_later(organisation: Organisation) -> None:
    async with organisation.database.system() as connection:
        await connection.execute(
            "update rate_window set until = array(select at - interval '62 s' from unnest(until) as e (at)), "
            "empty_until = empty_until - interval '62 s' where scope = $1",
            f"company={organisation.administration_id}",
        )


async def spent(organisation: Organisation) -> int:
    """Calls of the administration in all hours."""
    rows = await organisation.rows("select calls from call_spend where administration_id = $1")
    return sum(row["calls"] for row in rows)


async def test_every_call_is_spent_once_and_what_is_left_comes_back(organisation: Organisation) -> None:
    organisation.budget = limited(organisation, 100)
    organisation.provider.add_customers(40)
    assert (await organisation.sync()).run.outcome is SyncOutcome.CHANGED
    assert await spent(organisation) == len(organisation.provider.calls)
    (window,) = await organisation.rows(
        "select calls, lots from rate_window where scope = 'company=' || $1::uuid::text"
    )
    assert sum(window["calls"]) == len(organisation.provider.calls)
    assert not any(window["lots"])


async def test_a_run_waits_where_no_call_is_left_and_goes_on_behind_the_last_page(
    organisation: Organisation,
) -> None:
    organisation.budget = limited(organisation, 3)
    organisation.provider.add_customers(40)
    run_id = await organisation.ask(organisation.request())
    await organisation.perform(run_id)
    view = await organisation.run(run_id)
    assert view.run.state is RunState.DEFERRED
    assert view.run.failure is not None
    assert view.run.failure.code == "provider_busy"
    assert len(organisation.provider.calls) == 3
    await a_minute_later(organisation)
    await organisation.perform(run_id)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.CHANGED
    assert organisation.provider.pages_of("customers") == [1, 2, 3, 4]


async def test_each_try_of_a_call_is_spent(organisation: Organisation) -> None:
    organisation.budget = limited(organisation, 100)
    left = [2]

    def fault(name: str, number: int) -> None:
        if (name, number) == ("customers", 1) and left[0] > 0:
            left[0] -= 1
            raise failure(failures.UNAVAILABLE)

    organisation.provider.add_customers(4)
    organisation.provider.fault = fault
    await organisation.sync()
    assert await spent(organisation) == len(organisation.provider.calls)


async def test_a_refusal_for_the_number_keeps_all_others_from_calling(organisation: Organisation) -> None:
    organisation.budget = limited(organisation, 100)
    organisation.provider.add_customers(4)

    def fault(name: str, number: int) -> None:
        raise failure(failures.RATE_LIMITED, retry_after=30.0)

    organisation.provider.fault = fault
    run_id = await organisation.ask(organisation.request())
    await organisation.perform(run_id)
    organisation.provider.calls.clear()
    await organisation.perform(run_id)
    assert organisation.provider.calls == []
    view = await organisation.run(run_id)
    assert view.run.failure is not None
    assert view.run.failure.code == "provider_busy"


async def test_first_loads_leave_calls_to_increments_and_both_to_persons(
    organisation: Organisation, new_organisation: Callable[[], Awaitable[Organisation]]
) -> None:
    organisation.budget = limited(organisation, 100)
    made = []
    for trigger, mode in (
        (SyncTrigger.IMPORT, SyncMode.FULL),
        (SyncTrigger.SCHEDULE, SyncMode.INCREMENTAL),
        (SyncTrigger.USER, SyncMode.INCREMENTAL),
    ):
        each = await new_organisation()
        each.budget = organisation.budget
        await each.rows(
            "update administration set provider = $2 where administration_id = $1 returning 1",
            organisation.provider_id,
        )
        each.provider.add_customers(1100)
        await each.perform(await each.ask(each.request(mode, trigger=trigger)))
        made.append(len(each.provider.calls))
    assert made == [96, 2, 2]
