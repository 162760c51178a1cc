"""What a pause held and is no longer there: the pause ends, and what waited ends too."""

from koppel.contracts.values import SyncOutcome
from koppel.providers import failures
from sync_svc.application.projections import note_revoked
from sync_svc.domain.administration import GrantState

from .organisation import Organisation
from .paused import Ill, PausedProvider, note, pauses, remove, tend, told, waits


async def test_an_administration_that_is_removed_has_no_pause_and_what_waited_ends(
    organisation: Organisation,
) -> None:
    organisation.provider.fault = Ill(failures.COMPANY_BLOCKED)
    for _ in range(3):
        await organisation.sync()
    run_id = await organisation.ask(organisation.request())
    await remove(organisation)
    key = f"administration/{organisation.administration_id}"
    assert [each["reason"] for each in await told(organisation, "SyncResumed", key)] == ["removed"]
    assert not await waits(organisation, run_id)
    await organisation.perform(run_id)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.FAILED
    for _ in range(3):
        await tend(organisation)
    assert await pauses(organisation) == []


async def vanish(organisation: Organisation) -> None:
    """Removed, and the run that reads it has not heard of it."""
    await organisation.rows(
        "update administration set removed_reason = 'gone' where administration_id = $1 returning 1"
    )


async def test_a_removed_administration_cannot_be_paused(organisation: Organisation) -> None:
    organisation.provider.fault = Ill(failures.COMPANY_BLOCKED)
    for _ in range(2):
        await organisation.sync()
    run_id = await organisation.ask(organisation.request())
    organisation.provider.fault = Ill(failures.COMPANY_BLOCKED)
    organisation.provider.meanwhile = lambda: vanish(organisation)
    await organisation.perform(run_id)
    assert await pauses(organisation) == []


async def test_a_pause_that_holds_nothing_any_more_ends(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    for each in provider.organisations:
        await remove(each)
    await provider.tend()
    assert not await provider.is_paused()
    assert [each["reason"] for each in await provider.events("SyncResumed")] == ["removed"]


async def test_access_that_is_withdrawn_ends_the_pause_of_its_login(organisation: Organisation) -> None:
    await note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    async with organisation.work.begin(None) as tx:
        await note_revoked(
            tx.within(organisation.organisation_id),
            organisation.connection_id,
            [organisation.grant_id],
            all_of_it=True,
        )
    assert await pauses(organisation) == []


async def test_a_pause_of_a_login_that_works_is_ended_though_nobody_said_so(
    organisation: Organisation,
) -> None:
    await note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    await organisation.rows(
        "update connection_grant set state = 'active' where $1::uuid is not null and grant_id = $2 returning 1",
        organisation.grant_id,
    )
    await tend(organisation)
    assert await pauses(organisation) == []


async def test_an_organisation_sees_a_providers_pause_and_no_others(
    provider: PausedProvider, organisation: Organisation
) -> None:
    await provider.fail(*provider.organisations[:3])
    await note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    async with provider.organisations[4].work.begin(provider.organisations[4].organisation_id) as tx:
        rows = await tx.connection.fetch("select scope from sync_pause where id = $1", provider.name)
        others = await tx.connection.fetch(
            "select scope from sync_pause where id = $1", str(organisation.grant_id)
        )
        troubles = await tx.connection.fetch("select from sync_trouble")
    assert ([row["scope"] for row in rows], list(others), list(troubles)) == (["provider"], [], [])
