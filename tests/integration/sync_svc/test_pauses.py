"""What fails for the same cause again and again is paused, once, and goes on by itself when the cause is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from koppel.contracts.administration import AdministrationMoved, AdministrationRemoved
from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome, SyncTrigger
from koppel.kernel.ids import new_id
from koppel.providers import failures
from koppel.providers.failures import FailureKind, failure
from sync_svc.application.pauses import pause_for_login
from sync_svc.application.projections import (
    forget_administration,
    move_administration,
    note_grant,
    note_revoked,
)
from sync_svc.application.request_syncs import request_due_syncs
from sync_svc.application.tend_pauses import tend_pauses
from sync_svc.domain.administration import GrantState
from sync_svc.domain.run import RunState

from .organisation import Organisation

NewOrganisation = Callable[[], Awaitable[Organisation]]


@dataclass
class Ill:
    """What the package answers while it is set."""

    kind: FailureKind | None
    listing: str | None = None
    calls: list[str] = field(default_factory=list)

    def __call__(self, name: str, number: int) -> None:
        self.calls.append(name)
        if self.kind is not None and self.listing in (None, name):
            raise failure(self.kind)


class Provider:
    """Administrations of one provider, each of an organisation of its own."""

    def __init__(self, organisations: list[Organisation], ill: Ill) -> None:
        self.organisations = organisations
        self.ill = ill
        self.name = organisations[0].provider_id

    async def tend(self) -> None:
        await tend(self.organisations[0])

    async def events(self, name: str) -> list[dict[str, Any]]:
        rows = await self.organisations[0].rows(
            "select organisation_id, payload::jsonb as payload from event_log "
            "where $1::uuid is not null and key = $2 and type = $3 order by seq",
            f"provider/{self.name}",
            f"nl.koppel.{name}.v1",
        )
        return [row["payload"] for row in rows]

    async def is_paused(self) -> bool:
        rows = await self.organisations[0].rows(
            "select from sync_pause where $1::uuid is not null and scope = 'provider' and id = $2", self.name
        )
        return bool(rows)

    async def fail(self, *organisations: Organisation) -> None:
        for each in organisations:
            await each.sync()

    async def due(self) -> None:
        """The time of the next probe has come."""
        await self.organisations[0].rows(
            "update sync_pause set next_probe_at = now() where $1::uuid is not null and id = $2 returning 1",
            self.name,
        )


@pytest.fixture
async def provider(new_organisation: NewOrganisation) -> Provider:
    organisations = [await new_organisation() for _ in range(5)]
    ill = Ill(failures.UNAVAILABLE)
    for each in organisations:
        each.provider.add_customers(2)
        each.provider.fault = ill
        await each.rows(
            "update administration set provider = $2 where administration_id = $1 returning 1",
            organisations[0].provider_id,
        )
    return Provider(organisations, ill)


async def tend(organisation: Organisation) -> None:
    async with organisation.work.begin(None) as tx:
        await tend_pauses(tx)


async def request_due(organisation: Organisation) -> None:
    async with organisation.work.begin(None) as tx:
        await request_due_syncs(tx, organisation.provider)


async def make_due(organisation: Organisation) -> None:
    await organisation.rows(
        "update sync_policy set next_due_at = now() - interval '1 s', resources = '{contact}' "
        "where administration_id = $1 returning 1"
    )


async def scheduled(organisation: Organisation) -> int:
    return len([each for each in await organisation.events("SyncRequested") if each["trigger"] == "schedule"])


async def pauses(organisation: Organisation) -> list[tuple[str, str]]:
    rows = await organisation.rows(
        "select scope, failure ->> 'code' as cause from sync_pause "
        "where administration_id = $1 or id in ($2, $3) order by scope",
        str(organisation.grant_id),
        organisation.provider_id,
    )
    return [(row["scope"], row["cause"]) for row in rows]


async def told(organisation: Organisation, name: str, key: str) -> list[dict[str, Any]]:
    rows = await organisation.rows(
        "select payload::jsonb as payload from event_log "
        "where organisation_id = (select organisation_id from administration where administration_id = $1) "
        "and key = $2 and type = $3 order by seq",
        key,
        f"nl.koppel.{name}.v1",
    )
    return [row["payload"] for row in rows]


async def waits(organisation: Organisation, run_id: UUID) -> bool:
    """Whether no worker can take it."""
    return bool(await organisation.rows("select from held_run where $1::uuid is not null and run_id = $2", run_id))


async def requested(organisation: Organisation) -> UUID:
    """The run of what the schedule or a probe asked last."""
    payload = (await organisation.events("SyncRequested"))[-1]
    request = organisation.request(SyncMode.INCREMENTAL).model_copy(
        update={"sync_request_id": UUID(payload["sync_request_id"]), "trigger": SyncTrigger.SCHEDULE}
    )
    return await organisation.ask(request)


# A provider that is down


async def test_a_provider_that_fails_three_administrations_in_a_row_is_paused_once_for_all(
    provider: Provider,
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


async def test_one_administration_that_fails_again_and_again_does_not_pause_its_provider(
    provider: Provider,
) -> None:
    await provider.fail(*[provider.organisations[0]] * 3)
    assert not await provider.is_paused()
    assert await pauses(provider.organisations[0]) == [("administration", "provider_unavailable")]


async def test_a_success_between_begins_the_count_anew(provider: Provider) -> None:
    first, second, third, fourth, fifth = provider.organisations
    await provider.fail(first, second)
    provider.ill.kind = None
    await provider.fail(third)
    provider.ill.kind = failures.TIMEOUT
    await provider.fail(fourth, fifth)
    assert not await provider.is_paused()


async def test_what_fails_under_a_pause_waits_and_is_no_failure(provider: Provider) -> None:
    """It was in work when the pause began."""
    late = provider.organisations[4]
    run_id = await late.ask(late.request())
    lease = await late.lease(run_id)

    async def pause_meanwhile(name: str, number: int) -> None:
        await provider.fail(*provider.organisations[:3])

    reading = late.provider.read

    async def read(*asked: Any) -> Any:
        if not await provider.is_paused():
            await pause_meanwhile("", 0)
        return await reading(*asked)

    late.provider.read = read  # type: ignore[method-assign]
    await late.perform_under(lease)
    run = (await late.run(run_id)).run
    assert (run.state, run.outcome, run.deferrals_without_progress) == (RunState.DEFERRED, None, 0)
    assert await late.events("SyncFailed") == []
    await late.let_expire(lease)
    assert await waits(late, run_id)


async def test_nothing_is_scheduled_and_nobody_starts_under_a_pause(provider: Provider) -> None:
    await provider.fail(*provider.organisations[:3])
    other = provider.organisations[3]
    await make_due(other)
    await request_due(other)
    assert await scheduled(other) == 0
    run_id = await other.ask(other.request())
    assert await waits(other, run_id)
    assert (await other.run(run_id)).run.state is RunState.QUEUED


async def test_one_run_is_tried_and_its_success_ends_the_pause_for_all(provider: Provider) -> None:
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


async def test_a_probe_that_fails_waits_on_and_costs_one_call_a_minute(provider: Provider) -> None:
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


async def test_where_nothing_waits_a_probe_is_asked_for(provider: Provider) -> None:
    await provider.fail(*provider.organisations[:3])
    await provider.due()
    await provider.tend()
    await provider.tend()
    assert sum([await scheduled(each) for each in provider.organisations]) == 1


async def test_a_probe_whose_worker_dies_is_followed_by_another(provider: Provider) -> None:
    await provider.fail(*provider.organisations[:3])
    waiting = {each.administration_id: await each.ask(each.request()) for each in provider.organisations}
    await provider.due()
    await provider.tend()
    (first,) = [each for each in provider.organisations if not await waits(each, waiting[each.administration_id])]
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


async def test_two_runs_that_end_at_once_pause_once(provider: Provider) -> None:
    await provider.fail(*provider.organisations[:2])
    await asyncio.gather(*(provider.fail(each) for each in provider.organisations[2:]))
    assert len(await provider.events("SyncPaused")) == 1
    provider.ill.kind = None
    await provider.organisations[0].rows(
        "update sync_pause set probed = $1 where $1::uuid is not null and id = $2 returning 1", provider.name
    )
    await provider.fail(provider.organisations[0])
    assert len(await provider.events("SyncResumed")) == 1


async def test_a_cause_that_is_ours_says_so(provider: Provider) -> None:
    provider.ill.kind = failures.CLIENT_INVALID
    await provider.fail(*provider.organisations[:3])
    (paused,) = await provider.events("SyncPaused")
    assert (paused["cause"], paused["who_must_act"]) == ("client_invalid", "us")


async def test_another_trouble_of_the_probe_shows_that_the_provider_answers(provider: Provider) -> None:
    await provider.fail(*provider.organisations[:3])
    await provider.due()
    last = provider.organisations[4]
    run_id = await last.ask(last.request())
    await provider.tend()
    provider.ill.kind = failures.COMPANY_BLOCKED
    await last.perform(run_id)
    assert not await provider.is_paused()
    assert (await last.run(run_id)).run.outcome is SyncOutcome.FAILED


async def test_all_that_was_held_runs_once_after_the_pause(provider: Provider) -> None:
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


async def test_what_was_missed_comes_one_by_one(provider: Provider) -> None:
    await provider.fail(*provider.organisations[:3])
    for each in provider.organisations:
        await make_due(each)
    await request_due(provider.organisations[0])
    await provider.organisations[0].rows(
        "delete from sync_pause where $1::uuid is not null and id = $2 returning 1", provider.name
    )
    await provider.tend()
    ids = [each.administration_id for each in provider.organisations]
    rows = await provider.organisations[0].rows(
        "select next_due_at from sync_policy where $1::uuid is not null and administration_id = any($2::uuid[]) "
        "order by next_due_at",
        ids,
    )
    apart = [
        (later["next_due_at"] - sooner["next_due_at"]).total_seconds()
        for sooner, later in zip(rows, rows[1:], strict=False)
    ]
    assert all(seconds >= 0.1 for seconds in apart)


# A company, a resource, a login


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
    await organisation.rows("update sync_pause set next_probe_at = now() where administration_id = $1 returning 1")
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


async def test_a_resource_that_is_refused_is_not_asked_for_and_the_others_are(organisation: Organisation) -> None:
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
    await organisation.rows("update sync_pause set next_probe_at = now() where administration_id = $1 returning 1")
    await tend(organisation)
    ill.kind = None
    await organisation.perform(waiting)
    assert await pauses(organisation) == []


async def note(organisation: Organisation, state: GrantState) -> None:
    async with organisation.work.begin(None) as tx:
        own = tx.within(organisation.organisation_id)
        await note_grant(own, organisation.connection_id, organisation.grant_id, state)
        if state is GrantState.REAUTHORIZATION_REQUIRED:
            await pause_for_login(own, organisation.grant_id)


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


async def test_a_run_that_still_had_a_token_does_not_end_the_pause_of_its_login(organisation: Organisation) -> None:
    organisation.provider.add_customers(2)
    run_id = await organisation.ask(organisation.request())
    reading = organisation.provider.read

    async def read(*asked: Any) -> Any:
        await note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
        return await reading(*asked)

    organisation.provider.read = read  # type: ignore[method-assign]
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


# What goes away under a pause


async def remove(organisation: Organisation) -> None:
    removed = AdministrationRemoved(
        organisation_id=organisation.organisation_id,
        administration_id=organisation.administration_id,
        reason="no_longer_a_client",
        removed_by=str(new_id()),
        removed_at=datetime.now(UTC),
    )
    async with organisation.work.begin(None) as tx:
        await forget_administration(tx.within(organisation.organisation_id), removed)


async def test_an_administration_that_is_removed_has_no_pause_and_what_waited_ends(organisation: Organisation) -> None:
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


async def test_a_removed_administration_cannot_be_paused(organisation: Organisation) -> None:
    organisation.provider.fault = Ill(failures.COMPANY_BLOCKED)
    for _ in range(2):
        await organisation.sync()
    run_id = await organisation.ask(organisation.request())
    organisation.provider.fault = Ill(failures.COMPANY_BLOCKED)
    reading = organisation.provider.read

    async def read(*asked: Any) -> Any:
        await organisation.rows(
            "update administration set removed_reason = 'gone' where administration_id = $1 returning 1"
        )
        return await reading(*asked)

    organisation.provider.read = read  # type: ignore[method-assign]
    await organisation.perform(run_id)
    assert await pauses(organisation) == []


async def test_a_pause_that_holds_nothing_any_more_ends(provider: Provider) -> None:
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
            tx.within(organisation.organisation_id), organisation.connection_id, [organisation.grant_id], all_of_it=True
        )
    assert await pauses(organisation) == []


async def test_a_pause_of_a_login_that_works_is_ended_though_nobody_said_so(organisation: Organisation) -> None:
    await note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    await organisation.rows(
        "update connection_grant set state = 'active' where $1::uuid is not null and grant_id = $2 returning 1",
        organisation.grant_id,
    )
    await tend(organisation)
    assert await pauses(organisation) == []


async def test_an_organisation_sees_a_providers_pause_and_no_others(
    provider: Provider, organisation: Organisation
) -> None:
    await provider.fail(*provider.organisations[:3])
    await note(organisation, GrantState.REAUTHORIZATION_REQUIRED)
    async with provider.organisations[4].work.begin(provider.organisations[4].organisation_id) as tx:
        rows = await tx.connection.fetch("select scope from sync_pause where id = $1", provider.name)
        others = await tx.connection.fetch("select scope from sync_pause where id = $1", str(organisation.grant_id))
        troubles = await tx.connection.fetch("select from sync_trouble")
    assert ([row["scope"] for row in rows], list(others), list(troubles)) == (["provider"], [], [])
