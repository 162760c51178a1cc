"""A run outlives its worker: the next one goes on where the records end, the former one writes nothing more."""

from typing import Any

import pytest

from koppel.contracts.values import SyncOutcome
from koppel.kernel.errors import Conflict
from sync_svc.domain.run import MOST_STARTS_WITHOUT_PROGRESS, RunState

from .deaths import Killed, killed_at
from .organisation import Organisation


async def test_the_successor_goes_on_at_the_next_page(organisation: Organisation) -> None:
    organisation.provider.add_customers(50)
    run_id = await organisation.ask(organisation.request())
    await killed_at(organisation, await organisation.lease(run_id), page=4)
    assert (await organisation.run(run_id)).run.state is RunState.RUNNING
    assert len(await organisation.records()) == 30
    organisation.provider.calls.clear()
    await organisation.perform(run_id)
    view = await organisation.run(run_id)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert organisation.provider.pages_of("customers") == [4, 5]
    assert (view.listings[0].fetched, view.listings[0].changed) == (50, 50)
    assert len(await organisation.events("RecordChanged")) == 50
    assert len(await organisation.events("SyncStarted")) == 1


async def test_ids_seen_before_the_death_count_for_what_is_gone(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(50)
    await organisation.sync()
    organisation.provider.remove(customers[49])
    await organisation.sync()
    run_id = await organisation.ask(organisation.request())
    await killed_at(organisation, await organisation.lease(run_id), page=3)
    await organisation.perform(run_id)
    view = await organisation.run(run_id)
    assert view.listings[0].deleted == 1
    assert len(await organisation.live()) == 49


async def test_a_sweep_that_is_killed_in_its_last_page_deletes_what_is_gone_once(
    organisation: Organisation,
) -> None:
    customers = organisation.provider.add_customers(50)
    await organisation.sync()
    organisation.provider.remove(customers[0])
    await organisation.sync()
    run_id = await organisation.ask(organisation.request())
    await killed_at(organisation, await organisation.lease(run_id), page=5)
    assert len(await organisation.live()) == 50
    await organisation.perform(run_id)
    assert (await organisation.run(run_id)).listings[0].deleted == 1
    assert len(await organisation.live()) == 49
    assert len(await organisation.events("RecordDeleted")) == 1


async def test_a_death_after_the_last_page_does_not_read_it_again(organisation: Organisation) -> None:
    organisation.provider.add_customers(20)
    run_id = await organisation.ask(organisation.request())

    def die(listing: str, number: int) -> None:
        if listing == "suppliers":
            raise Killed

    lease = await organisation.lease(run_id)
    organisation.provider.fault = die
    with pytest.raises(Killed):
        await organisation.perform_under(lease)
    organisation.provider.fault = lambda listing, number: None
    await organisation.let_expire(lease)
    organisation.provider.calls.clear()
    await organisation.perform(run_id)
    assert organisation.provider.pages_of("customers") == []
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.CHANGED


async def test_a_stale_workers_page_is_refused_whole(organisation: Organisation) -> None:
    organisation.provider.add_customers(30)
    run_id = await organisation.ask(organisation.request())
    stale = await organisation.lease(run_id)
    await organisation.let_expire(stale)
    successor = await organisation.lease(run_id)
    with pytest.raises(Conflict, match="lease_lost"):
        await organisation.perform_under(stale)
    assert await organisation.records() == {}
    assert await organisation.events("SyncStarted") == []
    assert stale.lost.is_set()
    await organisation.perform_under(successor)
    assert len(await organisation.records()) == 30


async def test_a_worker_overtaken_between_two_pages_writes_no_third(organisation: Organisation) -> None:
    organisation.provider.add_customers(50)
    run_id = await organisation.ask(organisation.request())
    stale = await organisation.lease(run_id)
    original = organisation.provider.read

    async def overtaken_at_three(*arguments: Any) -> object:
        if arguments[-1].continuation == "3":
            await organisation.let_expire(stale)
            await organisation.lease(run_id)
        return await original(*arguments)

    organisation.provider.read = overtaken_at_three  # type: ignore[method-assign, assignment]
    with pytest.raises(Conflict, match="lease_lost"):
        await organisation.perform_under(stale)
    assert len(await organisation.records()) in (10, 20)
    (progress, _) = (await organisation.run(run_id)).listings
    assert progress.fetched == len(await organisation.records())
    assert progress.next_page == progress.fetched // 10 + 1


async def test_a_run_that_kills_its_workers_is_abandoned(organisation: Organisation) -> None:
    organisation.provider.add_customers(20)
    run_id = await organisation.ask(organisation.request())
    for _ in range(MOST_STARTS_WITHOUT_PROGRESS + 1):
        await killed_at(organisation, await organisation.lease(run_id), page=1)
    await organisation.perform(run_id)
    view = await organisation.run(run_id)
    assert view.run.outcome is SyncOutcome.ABANDONED
    (abandoned,) = await organisation.events("SyncAbandoned")
    assert abandoned["failure"]["code"] == "no_progress"


async def test_deaths_with_progress_in_between_are_no_reason_to_give_up(organisation: Organisation) -> None:
    organisation.provider.add_customers(100)
    run_id = await organisation.ask(organisation.request())
    for page in range(2, 10):
        await killed_at(organisation, await organisation.lease(run_id), page=page)
    await organisation.perform(run_id)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.CHANGED
    assert len(await organisation.records()) == 100
