"""A company, a resource or a login that fails for the same cause again and again is paused, and goes on by itself."""

from datetime import UTC, datetime

from koppel.contracts.administration import AdministrationMoved
from koppel.contracts.values import ResourceName, SyncOutcome
from koppel.kernel.ids import new_id
from koppel.providers import failures
from sync_svc.application.projections import move_administration
from sync_svc.domain.administration import GrantState

from .organisation import Organisation
from .paused import Ill, note, pauses, tend, told, waits


async def test_a_company_that_is_closed_pauses_its_administration_until_a_probe_passes(
    organisation: Organisation,
) -> None:
    ill = Ill(failures.COMPANY_BLOCKED)
    organisation.provider.add_customers(2)
    organisation.provider.fault = ill
    for _ in range(3):
        await organisation.sync()
    key = f"administration/{organisation.administration_id}"
    (paused,) = await told(organisation, "SyncPaused", key)
    assert (paused["cause"], paused["who_must_act"], paused["resumes_when"]) == (
        "company_blocked",
        "customer",
        "probe",
    )
    run_id = await organisation.ask(organisation.request())
    assert await waits(organisation, run_id)
    await organisation.rows(
        "update sync_pause set next_probe_at = now() where administration_id = $1 returning 1"
    )
    await tend(organisation)
    ill.kind = None
    await organisation.perform(run_id)
    assert await pauses(organisation) == []
    assert [each["reason"] for each in await told(organisation, "SyncResumed", key)] == ["probe"]


async def test_probes_of_an_administration_come_rarer_and_rarer(organisation: Organisation) -> None:
    organisation.provider.fault = Ill(failures.COMPANY_BLOCKED)
    for _ in range(3):
        await organisation.sync()
    gaps = []
    for _ in range(8):
        await organisation.rows(
            "update sync_pause set next_probe_at = now() where administration_id = $1 returning 1"
        )
        await tend(organisation)
        (row,) = await organisation.rows(
            "select extract(epoch from next_probe_at - probed_at)::int as gap from sync_pause "
            "where administration_id = $1"
        )
        gaps.append(row["gap"])
    assert gaps == [120, 240, 480, 960, 1920, 3600, 3600, 3600]


async def test_a_person_who_waits_brings_the_next_probe_forward_but_never_below_a_minute(
    organisation: Organisation,
) -> None:
    organisation.provider.fault = Ill(failures.COMPANY_BLOCKED)
    for _ in range(3):
        await organisation.sync()
    await organisation.rows(
        "update sync_pause set next_probe_at = now() + interval '1 hour' where administration_id = $1 returning 1"
    )
    run_id = await organisation.ask(organisation.request())
    await tend(organisation)
    assert await waits(organisation, run_id)
    await organisation.rows(
        "update sync_pause set probed_at = now() - interval '1 minute' where administration_id = $1 returning 1"
    )
    await tend(organisation)
    assert not await waits(organisation, run_id)


async def test_a_resource_that_is_refused_is_not_asked_for_and_the_others_are(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(2)
    ill = organisation.provider.fault = Ill(failures.SCOPE_MISSING, listing="projects")
    both = (ResourceName.CONTACT, ResourceName.PROJECT)
    for _ in range(3):
        assert (await organisation.sync(resources=both)).run.outcome is SyncOutcome.PARTIAL
    assert await pauses(organisation) == [("resource", "scope_missing")]
    ill.calls.clear()
    view = await organisation.sync(resources=both)
    assert view.run.outcome is SyncOutcome.PARTIAL
    assert view.run.failure is not None
    assert view.run.failure.code == "scope_missing"
    assert "projects" not in ill.calls
    waiting = await organisation.ask(organisation.request(resources=(ResourceName.PROJECT,)))
    assert await waits(organisation, waiting)
    await organisation.rows(
        "update sync_pause set next_probe_at = now() where administration_id = $1 returning 1"
    )
    await tend(organisation)
    ill.kind = None
    await organisation.perform(waiting)
    assert await pauses(organisation) == []


async def test_a_login_that_ended_pauses_what_is_read_with_it_until_there_is_one_again(
    organisation: Organisation,
) -> None:
    await note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    await note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    key = f"grant/{organisation.grant_id}"
    (paused,) = await told(organisation, "SyncPaused", key)
    assert (paused["cause"], paused["resumes_when"]) == ("reauthorization_required", "login")
    run_id = await organisation.ask(organisation.request())
    await tend(organisation)
    assert await waits(organisation, run_id)
    await note(organisation, GrantState.ACTIVE)
    assert not await waits(organisation, run_id)
    assert [each["reason"] for each in await told(organisation, "SyncResumed", key)] == ["login"]


async def test_a_run_that_still_had_a_token_does_not_end_the_pause_of_its_login(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(2)
    run_id = await organisation.ask(organisation.request())
    organisation.provider.meanwhile = lambda: note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    await organisation.perform(run_id)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.CHANGED
    assert await pauses(organisation) == [("grant", "reauthorization_required")]


async def test_a_new_login_ends_the_pauses_that_a_login_can_end(organisation: Organisation) -> None:
    organisation.provider.fault = Ill(failures.NO_COMPANY_ACCESS)
    for _ in range(3):
        await organisation.sync()
    assert await pauses(organisation) == [("administration", "no_company_access")]
    await note(organisation, GrantState.ACTIVE)
    assert await pauses(organisation) == []


async def test_an_administration_that_moves_to_a_login_that_works_goes_on(organisation: Organisation) -> None:
    await note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    run_id = await organisation.ask(organisation.request())
    moved = AdministrationMoved(
        organisation_id=organisation.organisation_id,
        administration_id=organisation.administration_id,
        from_grant_id=organisation.grant_id,
        to_grant_id=new_id(),
        to_connection_id=new_id(),
        reason="reconnected",
        moved_at=datetime.now(UTC),
    )
    async with organisation.work.begin(None) as tx:
        await move_administration(tx.within(organisation.organisation_id), moved)
    assert not await waits(organisation, run_id)
    await tend(organisation)
    assert await pauses(organisation) == []
