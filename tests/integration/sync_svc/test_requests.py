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

from .office import CONTACTS, Office

PROJECTS = (ResourceName.PROJECT,)


async def running(office: Office, mode: SyncMode = SyncMode.FULL) -> object:
    run_id = await office.ask(office.request(mode))
    lease = await office.lease(run_id)
    async with office.leased(lease, (await office.run(run_id)).run).begin() as tx:
        await take_up_run(tx, office.package, run_id)
    return run_id


async def test_an_import_asks_for_the_first_full_sync_over_the_log(office: Office) -> None:
    (requested,) = await office.events("SyncRequested")
    assert (requested["mode"], requested["trigger"], requested["resources"]) == ("full", "import", None)
    (policy,) = await office.rows("select * from sync_policy where administration_id = $1")
    assert (policy["enabled"], policy["interval_minutes"], policy["resources"]) == (True, 60, None)


async def test_an_import_heard_twice_asks_once(office: Office) -> None:
    await office.arrive()
    assert len(await office.events("SyncRequested")) == 1


async def test_a_request_joins_the_run_that_covers_it(office: Office) -> None:
    run_id = await running(office)
    request = office.request(SyncMode.INCREMENTAL)
    assert await office.ask(request) == run_id
    async with office.work.begin(None) as tx:
        assert request.sync_request_id in await tx.runs.request_ids(run_id)  # type: ignore[arg-type]


async def test_other_resources_wait_behind_the_run_in_one_follower(office: Office) -> None:
    run_id = await running(office)
    follower = await office.ask(office.request(resources=PROJECTS))
    assert follower != run_id
    assert await office.ask(office.request(SyncMode.INCREMENTAL, None)) == follower
    run = (await office.run(follower)).run
    assert (run.state, run.wanted.resources, run.mode) == (RunState.QUEUED, None, SyncMode.FULL)


async def test_a_request_heard_twice_makes_one_run(office: Office) -> None:
    request = office.request()
    await office.ask(request)
    async with office.work.begin(None) as tx:
        assert await accept_request(tx.within(request.organisation_id), request) is None


async def test_a_run_that_is_being_stopped_is_not_joined(office: Office) -> None:
    run_id = await running(office)
    async with office.work.begin(None) as tx:
        await tx.runs.request_cancel(run_id, "somebody")  # type: ignore[arg-type]
    assert await office.ask(office.request()) != run_id


async def test_a_deferred_run_is_joined(office: Office) -> None:
    run_id = await running(office)
    await office.rows("update sync_run set state = 'deferred' where administration_id = $1 returning 1")
    assert await office.ask(office.request()) == run_id


async def test_requests_at_the_same_instant_make_one_run(office: Office) -> None:
    requests = [office.request(resources=each) for each in (CONTACTS, PROJECTS, None) * 4]
    run_ids = await asyncio.gather(*(office.ask(request) for request in requests))
    assert len(set(run_ids)) == 1
    run = (await office.run(run_ids[0])).run
    assert run.wanted.resources is None
    async with office.work.begin(None) as tx:
        assert len(await tx.runs.request_ids(run.run_id)) == 12


async def test_a_waiting_run_takes_the_best_lane_of_its_requests(office: Office) -> None:
    await office.ask(office.request(trigger=SyncTrigger.IMPORT))
    await office.ask(office.request(trigger=SyncTrigger.USER))
    (row,) = await office.rows("select lane from sync_run where administration_id = $1")
    assert row["lane"] == 0


async def test_an_administration_that_may_still_arrive_is_tried_again(office: Office) -> None:
    request = office.request().model_copy(update={"administration_id": new_id()})
    with pytest.raises(Transient, match="administration_unknown"):
        await office.ask(request)


async def test_another_organisations_administration_is_refused(
    office: Office, new_office: Callable[[], Awaitable[Office]]
) -> None:
    other = await new_office()
    request = office.request().model_copy(update={"organisation_id": other.organisation_id})
    with pytest.raises(Permanent, match="organisation_mismatch"):
        await office.ask(request)


async def test_a_request_for_a_revoked_connection_becomes_a_run_that_failed(office: Office) -> None:
    async with office.work.begin(None) as tx:
        event = ConnectionDeleted(
            organisation_id=office.organisation_id,
            connection_id=office.connection_id,
            provider="eaccounting",
            grant_ids=(office.grant_id,),
            deleted_by="somebody",
            deleted_at=tx.now,
        )
        mine = tx.within(event.organisation_id)
        await note_revoked(mine, event.connection_id, event.grant_ids, all_of_it=True)
    view = await office.sync()
    assert view.run.outcome is SyncOutcome.FAILED
    assert view.run.failure is not None
    assert (view.run.failure.code, view.run.failure.who_must_act) == ("connection_revoked", "customer")
    assert office.package.calls == []


async def test_a_resource_that_the_package_lacks_is_a_failure_with_a_name(office: Office) -> None:
    view = await office.sync(resources=(ResourceName.JOURNAL,))
    assert view.run.failure is not None
    assert view.run.failure.code == "resource_not_offered"


async def test_a_cancel_wish_ends_the_run_at_its_next_page(office: Office) -> None:
    office.package.add_customers(50)
    run_id = await office.ask(office.request())
    original = office.package.read

    async def cancelled_at_two(*arguments: Any) -> object:
        if arguments[-1].continuation == "2":
            async with office.work.begin(office.organisation_id) as tx:
                await tx.runs.request_cancel(run_id, "beheerder")
        return await original(*arguments)

    office.package.read = cancelled_at_two  # type: ignore[method-assign, assignment]
    await office.perform(run_id)
    view = await office.run(run_id)
    assert view.run.outcome is SyncOutcome.CANCELLED
    assert 0 < len(await office.records()) < 50
    (cancelled,) = await office.events("SyncCancelled")
    assert cancelled["cancelled_by"] == "beheerder"
