"""Where the provider allows no call now nothing is begun: what waits says what for and until when, and costs nothing."""

import math
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from koppel.contracts.values import SyncMode, SyncOutcome, SyncTrigger
from koppel.platform.budget import PostgresBudget
from koppel.platform.telemetry import metrics
from koppel.providers.failures import RATE_LIMITED, failure
from sync_svc.application.end_run import cancel_run
from sync_svc.application.ports import Requester
from sync_svc.domain.run import RunState, WaitingFor
from sync_svc.entrypoints import jobs

from .limited import CALLS, WINDOW, due_again, taken, use_up, windowed, worker
from .organisation import Organisation
from .paused import remove
from .taking_turns import one_that_takes_turns, own_queue
from .waiting import Waiting


@pytest.fixture
async def waiting(postgres_server: str) -> AsyncIterator[Waiting]:
    async with own_queue(postgres_server) as made:
        yield made


@pytest.fixture
async def organisation(waiting: Waiting) -> Organisation:
    return windowed(await one_that_takes_turns(waiting))


async def another(organisation: Organisation, waiting: Waiting) -> Organisation:
    made = Organisation(waiting.database)
    made.provider_id, made.budget, made.alone = organisation.provider_id, organisation.budget, False
    return await made.arrive()


async def test_nothing_is_begun_and_it_says_until_when_it_waits(organisation: Organisation) -> None:
    await use_up(organisation)
    run_id = await organisation.ask(organisation.request())
    assert await taken(organisation) == []
    run = (await organisation.run(run_id)).run
    assert (run.state, run.waiting_for, run.calls) == (RunState.QUEUED, WaitingFor.BUDGET, 0)
    assert run.resume_at is not None
    assert timedelta(seconds=1) < run.resume_at - datetime.now(UTC) <= timedelta(seconds=62)
    assert await organisation.events("SyncStarted") == await organisation.events("SyncDeferred") == []
    assert await organisation.rows("select from lease where $1::uuid is not null") == []
    assert await organisation.rows("select from sync_turn where $1::uuid is not null") == []
    assert organisation.provider.calls == []


async def test_it_is_begun_when_there_is_a_call_again(organisation: Organisation) -> None:
    await use_up(organisation)
    run_id = await organisation.ask(organisation.request())
    await taken(organisation)
    await due_again(organisation)
    assert await taken(organisation) == []
    await due_again(organisation, seconds=62)
    assert await taken(organisation) == [run_id]


async def test_one_that_was_begun_is_not_taken_up_in_vain(organisation: Organisation) -> None:
    organisation.provider.add_customers(40)
    await use_up(organisation, left=2)
    run_id = await organisation.ask(organisation.request())
    await organisation.perform(run_id)
    organisation.provider.calls.clear()
    for _ in range(3):
        await due_again(organisation)
        assert await taken(organisation) == []
    run = (await organisation.run(run_id)).run
    assert (run.state, run.waiting_for) == (RunState.DEFERRED, WaitingFor.BUDGET)
    assert len(await organisation.events("SyncDeferred")) == 1
    await due_again(organisation, seconds=62)
    assert await taken(organisation) == [run_id]


async def test_all_that_draw_from_the_window_wait_and_nobody_else(
    organisation: Organisation, waiting: Waiting
) -> None:
    await use_up(organisation)
    others = [organisation, *[await another(organisation, waiting) for _ in range(3)]]
    for each in others:
        await each.ask(each.request())
    await waiting.ask("elsewhere", "elsewhere")
    assert await taken(organisation) == [waiting.run_ids["elsewhere"]]
    states = await organisation.rows("select waiting_for from sync_run where $1::uuid is not null")
    assert sorted(row["waiting_for"] or "" for row in states) == ["", *["budget"] * 4]


async def test_a_companys_own_window_holds_nobody_else(organisation: Organisation, waiting: Waiting) -> None:
    window = replace(WINDOW, provider=organisation.provider_id, of_all=False)
    organisation.budget = PostgresBudget(
        organisation.database, lambda of: (replace(window, scope=f"company={of.company}"),), most=CALLS
    )
    other = await another(organisation, waiting)
    await other.rows(
        "update administration set external_id = 'other' where administration_id = $1 returning 1"
    )
    await use_up(organisation)
    await organisation.ask(organisation.request())
    run_id = await other.ask(other.request())
    assert await taken(organisation) == [run_id]


async def test_who_waits_for_hours_is_counted_and_who_waits_for_a_minute_is_not(
    organisation: Organisation, waiting: Waiting
) -> None:
    hours = windowed(await one_that_takes_turns(waiting), seconds=7200)
    for each in (organisation, hours):
        await use_up(each)
        await each.ask(each.request())
        await taken(each)
    watch = worker(organisation)
    assert math.isnan(metrics.value("koppel_sync_budget_waits", provider="eaccounting"))
    await watch.measure_budget_waits()
    assert metrics.value("koppel_sync_budget_waits", provider="eaccounting") == 0
    assert metrics.value("koppel_sync_budget_waits", provider=organisation.provider_id) == 0
    assert metrics.value("koppel_sync_budget_waits", provider=hours.provider_id) == 1
    await due_again(hours, seconds=7200)
    await watch.measure_budget_waits()
    assert metrics.value("koppel_sync_budget_waits", provider=hours.provider_id) == 0


@pytest.mark.parametrize("begun", [False, True])
async def test_a_person_who_joins_what_waits_is_served_from_what_is_left_to_persons(
    organisation: Organisation, begun: bool
) -> None:
    organisation.provider.add_customers(600)
    run_id = await organisation.ask(organisation.request(SyncMode.FULL, trigger=SyncTrigger.IMPORT))
    if begun:
        await organisation.perform(run_id)
        assert len(organisation.provider.calls) == CALLS - 2
    else:
        await use_up(organisation, left=2)
    assert await taken(organisation) == []
    await organisation.ask(organisation.request())
    run = (await organisation.run(run_id)).run
    assert run.not_before is not None
    assert await taken(organisation) == [run_id]


async def test_a_person_who_joins_what_the_provider_refused_is_not_served_before_its_time(
    organisation: Organisation,
) -> None:
    run_id = await organisation.ask(organisation.request(SyncMode.FULL, trigger=SyncTrigger.IMPORT))
    await organisation.rows(
        "update sync_run set state = 'deferred', waiting_for = 'budget', failure = $2, "
        "not_before = now() + interval '1 h' where administration_id = $1 returning 1",
        failure(RATE_LIMITED).as_contract().model_dump(mode="json"),
    )
    await organisation.ask(organisation.request())
    assert await taken(organisation) == []
    assert (await organisation.run(run_id)).run.state is RunState.DEFERRED


async def test_what_ends_without_a_call_ends_also_where_none_is_left(organisation: Organisation) -> None:
    await use_up(organisation)
    run_id = await organisation.ask(organisation.request())
    await taken(organisation)
    await remove(organisation)
    await due_again(organisation)
    assert await taken(organisation) == [run_id]


async def test_what_waits_is_cancelled_at_once(organisation: Organisation) -> None:
    await use_up(organisation)
    run_id = await organisation.ask(organisation.request())
    await taken(organisation)
    caller = Requester(actor="person:x", person_id="x", trigger=SyncTrigger.USER)
    async with organisation.work.begin(organisation.organisation_id) as tx:
        await cancel_run(tx, run_id, caller)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.CANCELLED


async def test_a_look_ends_however_many_wait(
    organisation: Organisation, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them for a window of its own."""
    window = replace(WINDOW, provider=organisation.provider_id, of_all=False)
    organisation.budget = PostgresBudget(organisation.database, lambda of: (window,), most=CALLS)
    await use_up(organisation)
    monkeypatch.setattr(jobs, "_GRANTS_AT_ONCE", 3)
    for _ in range(5):
        other = await another(organisation, waiting)
        await other.ask(other.request())
    assert await taken(organisation) == []
    (row,) = await organisation.rows(
        "select count(*) filter (where waiting_for = 'budget') as off from sync_run where $1::uuid is not null"
    )
    assert row["off"] == 3
