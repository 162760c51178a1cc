"""A provider that is down is paused once for all; one run at a time finds out whether it is back."""

import asyncio
from itertools import pairwise
from uuid import UUID

from koppel.contracts.values import SyncOutcome
from koppel.ports.access_token import NoTokenNow
from koppel.providers import failures
from sync_svc.domain.run import MOST_DEFERRALS_WITHOUT_PROGRESS, RunState

from .paused import PausedProvider, make_due, pauses, request_due, scheduled, waits


async def test_a_provider_that_fails_three_administrations_in_a_row_is_paused_once_for_all(
    provider: PausedProvider,
) -> None:
    await provider.fail(*provider.organisations[:2])
    assert not await provider.is_paused()
    await provider.fail(provider.organisations[2])
    (paused,) = await provider.events("SyncPaused")
    assert paused["organisation_id"] == str(UUID(int=0))
    assert (paused["scope"], paused["id"], paused["cause"], paused["who_must_act"]) == (
        "provider",
        provider.name,
        "provider_unavailable",
        "provider",
    )
    assert paused["resumes_when"] == "probe"
    async with provider.organisations[0].work.begin(None) as tx:
        counted = await tx.pauses.counts()
    assert counted["provider", "provider_unavailable", provider.name] == 1, "alerts and dashboards name it"


async def test_one_administration_that_fails_again_and_again_does_not_pause_its_provider(
    provider: PausedProvider,
) -> None:
    await provider.fail(*[provider.organisations[0]] * 3)
    assert not await provider.is_paused()
    assert await pauses(provider.organisations[0]) == [("administration", "provider_unavailable")]
    async with provider.organisations[0].work.begin(None) as tx:
        counted = await tx.pauses.counts()
    assert counted["administration", "provider_unavailable", ""] > 0


async def test_a_success_between_begins_the_count_anew(provider: PausedProvider) -> None:
    first, second, third, fourth, fifth = provider.organisations
    await provider.fail(first, second)
    provider.ill.kind = None
    await provider.fail(third)
    provider.ill.kind = failures.TIMEOUT
    await provider.fail(fourth, fifth)
    assert not await provider.is_paused()


async def test_what_fails_under_a_pause_waits_and_is_no_failure(provider: PausedProvider) -> None:
    """It was in work when the pause began."""
    late = provider.organisations[4]
    run_id = await late.ask(late.request())
    lease = await late.lease(run_id)

    late.provider.meanwhile = lambda: provider.fail(*provider.organisations[:3])
    await late.perform_under(lease)
    run = (await late.run(run_id)).run
    assert (run.state, run.outcome, run.deferrals_without_progress) == (RunState.DEFERRED, None, 0)
    assert await late.events("SyncFailed") == []
    await late.let_expire(lease)
    assert await waits(late, run_id)


async def test_nothing_is_scheduled_and_nobody_starts_under_a_pause(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    other = provider.organisations[3]
    await make_due(other)
    await request_due(other)
    assert await scheduled(other) == 0
    run_id = await other.ask(other.request())
    assert await waits(other, run_id)
    assert (await other.run(run_id)).run.state is RunState.QUEUED


async def test_one_run_is_tried_and_its_success_ends_the_pause_for_all(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    waiting = [await each.ask(each.request()) for each in provider.organisations]
    await provider.tend()
    assert [await waits(*each) for each in zip(provider.organisations, waiting, strict=True)] == [True] * 5
    await provider.due()
    await provider.tend()
    held = [await waits(*each) for each in zip(provider.organisations, waiting, strict=True)]
    assert held.count(False) == 1
    probe = held.index(False)
    provider.ill.kind = None
    await provider.organisations[probe].perform(waiting[probe])
    assert not await provider.is_paused()
    assert [await waits(*each) for each in zip(provider.organisations, waiting, strict=True)] == [False] * 5
    (resumed,) = await provider.events("SyncResumed")
    assert (resumed["cause"], resumed["reason"]) == ("provider_unavailable", "probe")


async def test_a_probe_that_fails_waits_on_and_costs_one_call_a_minute(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    last = provider.organisations[4]
    run_id = await last.ask(last.request())
    await provider.due()
    await provider.tend()
    provider.ill.calls.clear()
    await last.perform(run_id)
    assert len(provider.ill.calls) == 1
    assert (await last.run(run_id)).run.state is RunState.DEFERRED
    await provider.tend()
    assert await waits(last, run_id)
    (row,) = await last.rows(
        "select next_probe_at - probed_at = interval '1 minute' as apart, probed from sync_pause "
        "where $1::uuid is not null and id = $2",
        provider.name,
    )
    assert (row["apart"], row["probed"]) == (True, None)
    assert len(await provider.events("SyncPaused")) == 1


async def test_where_nothing_waits_a_probe_is_asked_for(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    await provider.due()
    await provider.tend()
    await provider.tend()
    assert sum([await scheduled(each) for each in provider.organisations]) == 1


async def test_a_probe_whose_worker_dies_is_followed_by_another(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    waiting = {each.administration_id: await each.ask(each.request()) for each in provider.organisations}
    await provider.due()
    await provider.tend()
    (first,) = [
        each for each in provider.organisations if not await waits(each, waiting[each.administration_id])
    ]
    lease = await first.lease(waiting[first.administration_id])
    await first.rows(
        "update sync_run set state = 'running' where administration_id = $1 and state = 'queued' returning 1"
    )
    await provider.due()
    await provider.tend()
    assert not await waits(first, waiting[first.administration_id])
    await first.let_expire(lease)
    await provider.tend()
    await provider.due()
    await provider.tend()
    free = [each for each in provider.organisations if not await waits(each, waiting[each.administration_id])]
    assert len(free) == 1


async def test_two_runs_that_end_at_once_pause_once(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:2])
    await asyncio.gather(*(provider.fail(each) for each in provider.organisations[2:]))
    assert len(await provider.events("SyncPaused")) == 1
    provider.ill.kind = None
    await provider.organisations[0].rows(
        "update sync_pause set probed = $1 where $1::uuid is not null and id = $2 returning 1", provider.name
    )
    await provider.fail(provider.organisations[0])
    assert len(await provider.events("SyncResumed")) == 1


async def test_a_cause_that_is_ours_says_so(provider: PausedProvider) -> None:
    provider.ill.kind = failures.CLIENT_INVALID
    await provider.fail(*provider.organisations[:3])
    (paused,) = await provider.events("SyncPaused")
    assert (paused["cause"], paused["who_must_act"]) == ("client_invalid", "us")


async def test_a_provider_that_refuses_our_client_at_refreshes_is_paused_and_no_request_is_lost(
    provider: PausedProvider,
) -> None:
    """Its API is not even asked: there are no tokens."""
    for each in provider.organisations:
        each.tokens.failing = NoTokenNow("connection_svc_unavailable", "Not now.", told="client_invalid")
    await provider.fail(*provider.organisations[:3])
    (paused,) = await provider.events("SyncPaused")
    assert (paused["cause"], paused["who_must_act"]) == ("client_invalid", "us")
    last = provider.organisations[4]
    run_id = await last.ask(last.request())
    for _ in range(MOST_DEFERRALS_WITHOUT_PROGRESS + 2):
        await provider.let(last)
        await last.perform(run_id)
    assert (await last.run(run_id)).run.state is RunState.DEFERRED
    last.tokens.failing, provider.ill.kind = None, None
    await provider.let(last)
    await last.perform(run_id)
    assert (await last.run(run_id)).run.outcome is SyncOutcome.CHANGED
    assert not await provider.is_paused()


async def test_a_connection_svc_that_is_away_pauses_nothing(provider: PausedProvider) -> None:
    for each in provider.organisations:
        each.tokens.failing = NoTokenNow("connection_svc_unavailable", "Away.")
    await provider.fail(*provider.organisations)
    assert not await provider.is_paused()
    assert await pauses(provider.organisations[0]) == []


async def test_another_trouble_of_the_probe_shows_that_the_provider_answers(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    await provider.due()
    last = provider.organisations[4]
    run_id = await last.ask(last.request())
    await provider.tend()
    provider.ill.kind = failures.COMPANY_BLOCKED
    await last.perform(run_id)
    assert not await provider.is_paused()
    assert (await last.run(run_id)).run.outcome is SyncOutcome.FAILED


async def test_all_that_was_held_runs_once_after_the_pause(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    by_clock, by_person = provider.organisations[3], provider.organisations[4]
    asked = await by_person.ask(by_person.request())
    for each in (by_clock, by_person):
        await make_due(each)
        await request_due(each)
    await provider.due()
    await provider.tend()
    provider.ill.kind = None
    await by_person.perform(asked)
    await provider.tend()
    await request_due(by_clock)
    assert (await scheduled(by_clock), await scheduled(by_person)) == (1, 0)
    await provider.tend()
    await request_due(by_clock)
    assert await scheduled(by_clock) == 1
    assert (await by_person.run(asked)).run.outcome is SyncOutcome.CHANGED


async def test_what_was_missed_comes_one_by_one(provider: PausedProvider) -> None:
    await provider.fail(*provider.organisations[:3])
    for each in provider.organisations:
        await make_due(each)
    await request_due(provider.organisations[0])
    await provider.end()
    await provider.tend()
    ids = [each.administration_id for each in provider.organisations]
    rows = await provider.organisations[0].rows(
        "select next_due_at from sync_policy where $1::uuid is not null and administration_id = any($2::uuid[]) "
        "order by next_due_at",
        ids,
    )
    apart = [
        (later["next_due_at"] - sooner["next_due_at"]).total_seconds() for sooner, later in pairwise(rows)
    ]
    assert all(seconds >= 0.1 for seconds in apart)
