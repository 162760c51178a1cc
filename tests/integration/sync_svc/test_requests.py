"""One entrance for every sync: requests join, wait behind what runs, or are tried again later."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from koppel.contracts.connection import ConnectionDeleted
from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome, SyncTrigger
from koppel.kernel.errors import Permanent, Transient
from koppel.kernel.ids import new_id
from sync_svc.application.accept_request import accept_request
from sync_svc.application.projections import note_revoked
from sync_svc.application.take_up_run import take_up_run
from sync_svc.domain.run import RunState

from .organisation import CONTACTS, Organisation

PROJECTS = (ResourceName.PROJECT,)


async def running(organisation: Organisation, mode: SyncMode = SyncMode.FULL) -> object:
    run_id = await organisation.ask(organisation.request(mode))
    lease = await organisation.lease(run_id)
    async with organisation.leased(lease, (await organisation.run(run_id)).run).begin() as tx:
        await take_up_run(tx, organisation.provider, run_id)
    return run_id


async def test_an_import_asks_for_the_first_full_sync_over_the_log(organisation: Organisation) -> None:
    (requested,) = await organisation.events("SyncRequested")
    assert (requested["mode"], requested["trigger"], requested["resources"]) == ("full", "import", None)
    (policy,) = await organisation.rows("select * from sync_policy where administration_id = $1")
    assert (policy["enabled"], policy["interval_minutes"], policy["resources"]) == (True, 60, None)


async def test_an_import_heard_twice_asks_once(organisation: Organisation) -> None:
    await organisation.arrive()
    assert len(await organisation.events("SyncRequested")) == 1


async def test_a_request_joins_the_run_that_covers_it(organisation: Organisation) -> None:
    run_id = await running(organisation)
    request = organisation.request(SyncMode.INCREMENTAL)
    assert await organisation.ask(request) == run_id
    async with organisation.work.begin(None) as tx:
        assert request.sync_request_id in await tx.runs.request_ids(run_id)  # type: ignore[arg-type]


async def test_other_resources_wait_behind_the_run_in_one_follower(organisation: Organisation) -> None:
    run_id = await running(organisation)
    follower = await organisation.ask(organisation.request(resources=PROJECTS))
    assert follower != run_id
    assert await organisation.ask(organisation.request(SyncMode.INCREMENTAL, None)) == follower
    run = (await organisation.run(follower)).run
    assert (run.state, run.wanted.resources, run.mode) == (RunState.QUEUED, None, SyncMode.FULL)


async def test_a_request_heard_twice_makes_one_run(organisation: Organisation) -> None:
    request = organisation.request()
    await organisation.ask(request)
    async with organisation.work.begin(None) as tx:
        assert await accept_request(tx.within(request.organisation_id), request) is None


async def test_a_run_that_is_being_stopped_is_not_joined(organisation: Organisation) -> None:
    run_id = await running(organisation)
    async with organisation.work.begin(None) as tx:
        await tx.runs.request_cancel(run_id, "somebody")  # type: ignore[arg-type]
    assert await organisation.ask(organisation.request()) != run_id


async def test_a_deferred_run_is_joined(organisation: Organisation) -> None:
    run_id = await running(organisation)
    await organisation.rows("update sync_run set state = 'deferred' where administration_id = $1 returning 1")
    assert await organisation.ask(organisation.request()) == run_id


async def test_requests_at_the_same_instant_make_one_run(organisation: Organisation) -> None:
    requests = [organisation.request(resources=each) for each in (CONTACTS, PROJECTS, None) * 4]
    run_ids = await asyncio.gather(*(organisation.ask(request) for request in requests))
    assert len(set(run_ids)) == 1
    run = (await organisation.run(run_ids[0])).run
    assert run.wanted.resources is None
    async with organisation.work.begin(None) as tx:
        assert len(await tx.runs.request_ids(run.run_id)) == 12


async def test_a_waiting_run_takes_the_best_priority_of_its_requests(organisation: Organisation) -> None:
    await organisation.ask(organisation.request(trigger=SyncTrigger.IMPORT))
    await organisation.ask(organisation.request(trigger=SyncTrigger.USER))
    (row,) = await organisation.rows("select lane from sync_run where administration_id = $1")
    assert row["lane"] == 0


async def test_an_administration_that_may_still_arrive_is_tried_again(organisation: Organisation) -> None:
    request = organisation.request().model_copy(update={"administration_id": new_id()})
    with pytest.raises(Transient, match="administration_unknown"):
        await organisation.ask(request)


async def test_another_organisations_administration_is_refused(
    organisation: Organisation, new_organisation: Callable[[], Awaitable[Organisation]]
) -> None:
    other = await new_organisation()
    request = organisation.request().model_copy(update={"organisation_id": other.organisation_id})
    with pytest.raises(Permanent, match="organisation_mismatch"):
        await organisation.ask(request)


async def test_a_request_for_a_revoked_connection_becomes_a_run_that_failed(
    organisation: Organisation,
) -> None:
    async with organisation.work.begin(None) as tx:
        event = ConnectionDeleted(
            organisation_id=organisation.organisation_id,
            connection_id=organisation.connection_id,
            provider="eaccounting",
            grant_ids=(organisation.grant_id,),
            deleted_by="somebody",
            deleted_at=tx.now,
        )
        mine = tx.within(event.organisation_id)
        await note_revoked(mine, event.connection_id, event.grant_ids, all_of_it=True)
    view = await organisation.sync()
    assert view.run.outcome is SyncOutcome.FAILED
    assert view.run.failure is not None
    assert (view.run.failure.code, view.run.failure.who_must_act) == ("connection_revoked", "customer")
    assert organisation.provider.calls == []


async def test_a_resource_that_the_provider_lacks_is_a_failure_with_a_name(
    organisation: Organisation,
) -> None:
    view = await organisation.sync(resources=(ResourceName.JOURNAL,))
    assert view.run.failure is not None
    assert view.run.failure.code == "resource_not_offered"


async def test_a_cancel_wish_ends_the_run_at_its_next_page(organisation: Organisation) -> None:
    organisation.provider.add_customers(50)
    run_id = await organisation.ask(organisation.request())
    original = organisation.provider.read

    async def cancelled_at_two(*arguments: Any) -> object:
        if arguments[-1].continuation == "2":
            async with organisation.work.begin(organisation.organisation_id) as tx:
                await tx.runs.request_cancel(run_id, "beheerder")
        return await original(*arguments)

    organisation.provider.read = cancelled_at_two  # type: ignore[method-assign, assignment]
    await organisation.perform(run_id)
    view = await organisation.run(run_id)
    assert view.run.outcome is SyncOutcome.CANCELLED
    assert 0 < len(await organisation.records()) < 50
    (cancelled,) = await organisation.events("SyncCancelled")
    assert cancelled["cancelled_by"] == "beheerder"
