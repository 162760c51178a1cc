"""Asking providers for companies."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from import_svc.application.ask_grants import DiscoveryLimits, ask_grants
from import_svc.application.outside import FoundCompanies
from import_svc.domain.discovery import MOST_PAGES, DiscoveryFailed, GrantDiscovery, GrantDiscoveryState
from import_svc.domain.looks import NOTHING_KNOWN, CompanyNumbers
from import_svc.domain.session import ImportSession, SessionState
from koppel.contracts.failures import PROVIDER_BUSY
from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.providers import failures
from koppel.providers.company import Company

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SESSION = ImportSession(
    id=new_id(),
    organisation_id=new_id(),
    connection_id=new_id(),
    provider="eaccounting",
    state=SessionState.DISCOVERING,
    failure=None,
    created_by="somebody",
    created_at=NOW,
    settle_at=NOW,
    expires_at=NOW + timedelta(days=1),
)
LIMITS = DiscoveryLimits(
    run_concurrently=3, policy=RetryPolicy(first=timedelta(seconds=1), attempts=3, jitter=0)
)


class StoppedClock:
    def now(self) -> datetime:
        return NOW


class Scripted:
    """A source that answers or raises what it was given, and counts how many calls run at once."""

    def __init__(self, *, answers: dict[UUID, Exception] | None = None, following: str | None = None) -> None:
        self.answers = answers or {}
        self.following = following
        self.continuations: list[str | None] = []
        self.asked: list[UUID] = []
        self.running = self.most = 0

    async def companies(
        self,
        provider: str,
        organisation_id: UUID,
        grant_id: UUID,
        continuation: str | None,
        *,
        known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN,
        is_look: bool = False,
    ) -> FoundCompanies:
        assert (provider, organisation_id) == (SESSION.provider, SESSION.organisation_id)
        self.asked.append(grant_id)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        if error := self.answers.get(grant_id):
            raise error
        self.continuations.append(continuation)
        return FoundCompanies([Company(str(grant_id), "A company")], self.following)


def waiting(attempts: int = 0) -> GrantDiscovery:
    return GrantDiscovery(new_id(), GrantDiscoveryState.WAITING, attempts, NOW)


def failed(*, transient: bool, retry_after: float | None = None, paces: bool = False) -> DiscoveryFailed:
    failure = Failure(
        origin="provider", type="x", who_must_act=WhoMustAct.PROVIDER, code="some_code", detail="Some."
    )
    return DiscoveryFailed(failure, transient=transient, retry_after=retry_after, paces=paces)


async def test_grants_are_asked_concurrently_within_the_bound() -> None:
    source, due = Scripted(), [waiting() for _ in range(20)]
    result = await ask_grants(SESSION, due, source, LIMITS, StoppedClock())
    assert sorted(source.asked) == sorted(each.grant_id for each in due)
    assert source.most == 3
    assert len(result.found) == 20
    assert {each.state for each in result.discoveries} == {GrantDiscoveryState.DISCOVERED}


@pytest.mark.parametrize(
    ("error", "attempts", "state", "wait"),
    [
        (failed(transient=True), 0, GrantDiscoveryState.WAITING, 1),
        (failed(transient=True), 1, GrantDiscoveryState.WAITING, 2),
        (failed(transient=True, retry_after=9), 0, GrantDiscoveryState.WAITING, 9),
        (failed(transient=True), 2, GrantDiscoveryState.FAILED, 0),
        (failed(transient=False), 0, GrantDiscoveryState.FAILED, 0),
    ],
)
async def test_a_failure_is_tried_again_only_where_that_helps(
    error: DiscoveryFailed, attempts: int, state: GrantDiscoveryState, wait: int
) -> None:
    before = waiting(attempts)
    source = Scripted(answers={before.grant_id: error})
    result = await ask_grants(SESSION, [before], source, LIMITS, StoppedClock())
    [after] = result.discoveries
    assert (after.state, after.attempts) == (state, attempts + 1)
    assert after.next_attempt_at == NOW + timedelta(seconds=wait)
    assert after.failure == error.failure


async def test_a_provider_that_asks_to_slow_down_is_asked_no_further_grants() -> None:
    due = [waiting() for _ in range(20)]
    source = Scripted(answers={due[0].grant_id: failed(transient=True, retry_after=30, paces=True)})
    result = await ask_grants(SESSION, due, source, LIMITS, StoppedClock())
    assert result.paused_until == NOW + timedelta(seconds=30)
    assert len(source.asked) <= 2 * LIMITS.run_concurrently
    assert len(result.discoveries) == len(source.asked)


async def test_a_bug_at_one_grant_leaves_the_others_their_result() -> None:
    due = [waiting(attempts=2), waiting()]
    source = Scripted(answers={due[0].grant_id: ZeroDivisionError()})
    result = await ask_grants(SESSION, due, source, LIMITS, StoppedClock())
    outcome = {each.grant_id: each for each in result.discoveries}
    failure = outcome[due[0].grant_id].failure
    assert failure is not None
    assert (failure.code, failure.who_must_act) == ("discovery_error", WhoMustAct.US)
    assert outcome[due[1].grant_id].state is GrantDiscoveryState.DISCOVERED


async def test_a_grant_with_more_pages_waits_for_the_one_behind_with_new_attempts() -> None:
    before = replace(waiting(attempts=2), continuation="page-2", pages=1)
    source = Scripted(following="page-3")
    result = await ask_grants(SESSION, [before], source, LIMITS, StoppedClock())
    assert source.continuations == ["page-2"]
    assert result.discoveries == [replace(before, attempts=0, continuation="page-3", pages=2)]
    assert len(result.found) == 1


@pytest.mark.parametrize(
    ("continuation", "pages"), [("page-3", 2), ("page-2", MOST_PAGES - 1)], ids=["same page", "too many"]
)
async def test_pages_without_an_end_are_a_failure_and_keep_what_they_told(
    continuation: str, pages: int
) -> None:
    before = replace(waiting(), continuation=continuation, pages=pages)
    result = await ask_grants(SESSION, [before], Scripted(following="page-3"), LIMITS, StoppedClock())
    [after] = result.discoveries
    assert (after.state, after.continuation) == (GrantDiscoveryState.FAILED, None)
    assert after.failure is not None
    assert (after.failure.code, after.failure.who_must_act) == ("discovery_endless", WhoMustAct.PROVIDER)
    assert len(result.found) == 1


async def test_a_provider_that_lost_the_place_is_asked_from_its_first_page_within_the_attempts() -> None:
    lost = DiscoveryFailed(failures.failure(failures.CONTINUATION_INVALID).as_contract(), transient=False)
    before = replace(waiting(), continuation="page-7", pages=6)
    source = Scripted(answers={before.grant_id: lost})
    [after] = (await ask_grants(SESSION, [before], source, LIMITS, StoppedClock())).discoveries
    assert (after.state, after.continuation, after.attempts) == (GrantDiscoveryState.WAITING, None, 1)
    [last] = (await ask_grants(SESSION, [after], source, LIMITS, StoppedClock())).discoveries
    assert last.state is GrantDiscoveryState.FAILED


async def test_a_budget_that_is_used_up_costs_no_attempt_however_often() -> None:
    before = waiting(attempts=2)
    failed = DiscoveryFailed(PROVIDER_BUSY, transient=True, retry_after=40.0, paces=True, untried=True)
    source = Scripted(answers={before.grant_id: failed})
    result = await ask_grants(SESSION, [before], source, LIMITS, StoppedClock())
    [after] = result.discoveries
    assert (after.attempts, after.waits, after.next_attempt_at) == (2, True, NOW + timedelta(seconds=40))
    assert after.failure == PROVIDER_BUSY
    assert result.paused_until == NOW + timedelta(seconds=40)
