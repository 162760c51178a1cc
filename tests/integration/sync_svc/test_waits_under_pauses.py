"""What waits under a pause says so and says until when, and one event tells of one wait."""

from datetime import datetime
from uuid import UUID

import pytest

from koppel.contracts.values import SyncMode, SyncOutcome, SyncTrigger
from koppel.providers import failures
from sync_svc.domain.administration import GrantState
from sync_svc.domain.run import RunState, WaitingFor

from .organisation import Organisation
from .paused import Ill, PausedProvider, note


async def in_work_when_it_begins(provider: PausedProvider) -> tuple[Organisation, UUID]:
    late = provider.organisations[4]
    run_id = await late.ask(late.request())
    late.provider.meanwhile = lambda: provider.fail(*provider.organisations[:3])
    await late.perform(run_id)
    late.provider.meanwhile = None
    return late, run_id


async def probed_at(provider: PausedProvider) -> tuple[datetime, datetime]:
    (row,) = await provider.organisations[0].rows(
        "select next_probe_at, probed_at + interval '1 minute' as brought_forward from sync_pause "
        "where $1::uuid is not null and id = $2",
        provider.name,
    )
    return row["next_probe_at"], row["brought_forward"]


async def test_a_run_in_work_when_the_pause_begins_tells_once_that_it_waits(provider: PausedProvider) -> None:
    late, run_id = await in_work_when_it_begins(provider)
    (told,) = await late.events("SyncDeferred")
    assert told["failure"]["code"] == "provider_unavailable"
    until = (await probed_at(provider))[0]
    assert datetime.fromisoformat(told["until"]) == until
    run = (await late.run(run_id)).run
    assert (run.state, run.waiting_for, run.resume_at) == (RunState.DEFERRED, WaitingFor.PAUSE, until)


async def test_probes_that_fail_are_the_same_wait(provider: PausedProvider) -> None:
    late, run_id = await in_work_when_it_begins(provider)
    for _ in range(3):
        await provider.let(late)
        await late.perform(run_id)
    assert len(await late.events("SyncDeferred")) == 1
    provider.ill.kind = None
    await provider.let(late)
    await late.perform(run_id)
    assert (await late.run(run_id)).run.outcome is SyncOutcome.CHANGED


async def test_what_had_not_begun_tells_nothing_and_says_until_when_it_waits(
    provider: PausedProvider,
) -> None:
    await provider.fail(*provider.organisations[:3])
    other = provider.organisations[3]
    run_id = await other.ask(other.request())
    run = (await other.run(run_id)).run
    assert (run.state, run.waiting_for) == (RunState.QUEUED, WaitingFor.PAUSE)
    assert run.resume_at == min(await probed_at(provider))
    await provider.tend()
    assert (await other.run(run_id)).run.resume_at == run.resume_at, "also when it is set aside"
    assert await other.events("SyncDeferred") == await other.events("SyncStarted") == []


@pytest.mark.parametrize(("trigger", "minute"), [(SyncTrigger.USER, True), (SyncTrigger.SCHEDULE, False)])
async def test_a_person_waits_a_minute_and_the_clock_waits_for_the_next_probe(
    provider: PausedProvider, trigger: SyncTrigger, minute: bool
) -> None:
    await provider.fail(*provider.organisations[:3])
    await provider.organisations[0].rows(
        "update sync_pause set next_probe_at = now() + interval '1 h' where $1::uuid is not null and id = $2 returning 1",
        provider.name,
    )
    other = provider.organisations[3]
    run_id = await other.ask(other.request(SyncMode.INCREMENTAL, trigger=trigger))
    assert (await other.run(run_id)).run.resume_at == (await probed_at(provider))[minute]


async def test_nobody_can_say_until_when_a_login_is_waited_for(organisation: Organisation) -> None:
    run_id = await organisation.ask(organisation.request())
    organisation.provider.meanwhile = lambda: note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    organisation.provider.fault = Ill(failures.UNAUTHORIZED)
    await organisation.perform(run_id)
    run = (await organisation.run(run_id)).run
    assert (run.state, run.waiting_for, run.resume_at) == (RunState.DEFERRED, WaitingFor.PAUSE, None)
    (told,) = await organisation.events("SyncDeferred")
    assert told["until"] == told["deferred_at"]
    assert told["failure"]["code"] == "reauthorization_required"
