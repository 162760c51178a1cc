"""A run outlives its worker: the next one goes on where the records end, the former one writes nothing more."""

from typing import Any

import pytest

from koppel.contracts.values import SyncOutcome
from koppel.kernel.errors import Conflict
from sync_svc.domain.run import MOST_STARTS_WITHOUT_PROGRESS, RunState

from .deaths import Killed, killed_at
from .office import Office


async def test_the_successor_goes_on_at_the_next_page(office: Office) -> None:
    office.package.add_customers(50)
    run_id = await office.ask(office.request())
    await killed_at(office, await office.lease(run_id), page=4)
    assert (await office.run(run_id)).run.state is RunState.RUNNING
    assert len(await office.records()) == 30
    office.package.calls.clear()
    await office.perform(run_id)
    view = await office.run(run_id)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert office.package.pages_of("customers") == [4, 5]
    assert (view.listings[0].fetched, view.listings[0].changed) == (50, 50)
    assert len(await office.events("RecordChanged")) == 50
    assert len(await office.events("SyncStarted")) == 1


async def test_ids_seen_before_the_death_count_for_what_is_gone(office: Office) -> None:
    customers = office.package.add_customers(50)
    await office.sync()
    office.package.remove(customers[49])
    await office.sync()
    run_id = await office.ask(office.request())
    await killed_at(office, await office.lease(run_id), page=3)
    await office.perform(run_id)
    view = await office.run(run_id)
    assert view.listings[0].deleted == 1
    assert len(await office.live()) == 49


async def test_a_death_after_the_last_page_does_not_read_it_again(office: Office) -> None:
    office.package.add_customers(20)
    run_id = await office.ask(office.request())

    def die(listing: str, number: int) -> None:
        if listing == "suppliers":
            raise Killed

    lease = await office.lease(run_id)
    office.package.fault = die
    with pytest.raises(Killed):
        await office.perform_under(lease)
    office.package.fault = lambda listing, number: None
    await office.let_expire(lease)
    office.package.calls.clear()
    await office.perform(run_id)
    assert office.package.pages_of("customers") == []
    assert (await office.run(run_id)).run.outcome is SyncOutcome.CHANGED


async def test_a_stale_workers_page_is_refused_whole(office: Office) -> None:
    office.package.add_customers(30)
    run_id = await office.ask(office.request())
    stale = await office.lease(run_id)
    await office.let_expire(stale)
    successor = await office.lease(run_id)
    with pytest.raises(Conflict, match="lease_lost"):
        await office.perform_under(stale)
    assert await office.records() == {}
    assert await office.events("SyncStarted") == []
    assert stale.lost.is_set()
    await office.perform_under(successor)
    assert len(await office.records()) == 30


async def test_a_worker_overtaken_between_two_pages_writes_no_third(office: Office) -> None:
    office.package.add_customers(50)
    run_id = await office.ask(office.request())
    stale = await office.lease(run_id)
    original = office.package.read

    async def overtaken_at_three(*arguments: Any) -> object:
        if arguments[-1].continuation == "3":
            await office.let_expire(stale)
            await office.lease(run_id)
        return await original(*arguments)

    office.package.read = overtaken_at_three  # type: ignore[method-assign, assignment]
    with pytest.raises(Conflict, match="lease_lost"):
        await office.perform_under(stale)
    assert len(await office.records()) in (10, 20)
    (progress, _) = (await office.run(run_id)).listings
    assert progress.fetched == len(await office.records())
    assert progress.next_page == progress.fetched // 10 + 1


async def test_a_run_that_kills_its_workers_is_abandoned(office: Office) -> None:
    office.package.add_customers(20)
    run_id = await office.ask(office.request())
    for _ in range(MOST_STARTS_WITHOUT_PROGRESS + 1):
        await killed_at(office, await office.lease(run_id), page=1)
    await office.perform(run_id)
    view = await office.run(run_id)
    assert view.run.outcome is SyncOutcome.ABANDONED
    (abandoned,) = await office.events("SyncAbandoned")
    assert abandoned["failure"]["code"] == "no_progress"


async def test_deaths_with_progress_in_between_are_no_reason_to_give_up(office: Office) -> None:
    office.package.add_customers(100)
    run_id = await office.ask(office.request())
    for page in range(2, 10):
        await killed_at(office, await office.lease(run_id), page=page)
    await office.perform(run_id)
    assert (await office.run(run_id)).run.outcome is SyncOutcome.CHANGED
    assert len(await office.records()) == 100
