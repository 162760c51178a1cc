"""When a rotation asks, by the provider's clock, and how long it rests after each kind of refusal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connection_svc.application.refused_clients import RefusedClients
from connection_svc.domain.connection import Trouble
from koppel.kernel.errors import KoppelError, Permanent, Transient
from koppel.kernel.ids import new_id
from koppel.providers.exact_online.profile import TIMING as EXACT
from koppel.providers.failures import IncompleteTokens

from .rotation_world import ATTEMPT, GRANT, NEW, NOW, TOKENS, World, rotate

DATED = replace(GRANT, tokens=replace(TOKENS, dated_at=NOW))


async def test_a_refresh_token_that_came_with_a_broken_access_token_is_kept_and_used_next(
    world: World,
) -> None:
    world.refresh.side_effect = IncompleteTokens("new-refresh")
    with pytest.raises(Transient, match="provider_bad_answer"):
        await rotate(world)
    _, attempt, answer, _, brought = world.kept.await_args.args  # type: ignore[union-attr]
    assert (attempt, answer.refresh_token, brought) == (ATTEMPT, b"refresh_token/4/new-refresh", NEW)
    assert (answer.access_token, answer.expires_at) == (b"access_token/4/old-access", NOW)
    assert world.rotations.withdraw.await_count == 0


async def test_a_refresh_that_the_provider_would_call_early_is_never_asked(world: World) -> None:
    world.grant = DATED
    world.provider_timing = EXACT
    world.provider_time = NOW + timedelta(seconds=574)
    with pytest.raises(Transient, match="refresh_paused") as raised:
        await rotate(world)
    assert (raised.value.retry_after, world.refresh.await_count) == (1, 0)


@pytest.mark.parametrize("ours", [timedelta(0), timedelta(hours=-3), timedelta(hours=3)])
async def test_the_provider_s_clock_tells_the_age_whatever_ours_says(world: World, ours: timedelta) -> None:
    theirs = NOW + timedelta(days=2)
    world.grant = replace(GRANT, tokens=replace(TOKENS, dated_at=theirs))
    world.provider_timing = EXACT
    world.clock.now = lambda: NOW + ours
    world.provider_time = theirs + timedelta(seconds=574)
    with pytest.raises(Transient, match="refresh_paused"):
        await rotate(world)
    world.provider_time = theirs + timedelta(seconds=575)
    await rotate(world)
    assert world.refresh.await_count == 1


async def test_a_provider_that_does_not_tell_the_time_is_reckoned_from_its_last_answer(world: World) -> None:
    world.provider_timing = EXACT
    world.grant = replace(GRANT, tokens=replace(TOKENS, dated_at=NOW + timedelta(hours=1)))
    world.clock.now = lambda: NOW + timedelta(seconds=574)
    with pytest.raises(Transient, match="refresh_paused"):
        await rotate(world)
    world.clock.now = lambda: NOW + timedelta(seconds=575)
    await rotate(world)
    assert world.refresh.await_count == 1


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=-2)])
async def test_an_answer_without_a_date_is_reckoned_by_our_clock_alone(
    world: World, ahead: timedelta
) -> None:
    world.provider_timing = EXACT
    world.provider_time = NOW + ahead
    world.clock.now = lambda: NOW + timedelta(seconds=574)
    with pytest.raises(Transient, match="refresh_paused"):
        await rotate(world)
    world.clock.now = lambda: NOW + timedelta(seconds=575)
    await rotate(world)
    assert world.refresh.await_count == 1


async def test_a_provider_that_takes_refreshes_at_any_time_is_not_asked_for_its_clock(world: World) -> None:
    await rotate(world)
    assert world.time.await_count == 0


async def test_after_a_lost_answer_the_provider_is_asked_again_when_it_would_take_it(world: World) -> None:
    world.grant = DATED
    world.provider_timing = EXACT
    lost_at = NOW + timedelta(seconds=580)
    world.attempt = replace(ATTEMPT, lost_before=True, lost_at=lost_at)
    world.provider_time = lost_at + timedelta(seconds=574)
    with pytest.raises(Transient, match="refresh_paused"):
        await rotate(world)
    assert world.refresh.await_count == 0
    world.provider_time = lost_at + timedelta(seconds=575)
    await rotate(world)
    assert world.refresh.await_count == 1


async def test_where_a_lost_answer_cannot_be_asked_for_again_a_person_is(world: World) -> None:
    world.grant = DATED
    world.provider_timing = replace(EXACT, retry_lost_answer=False)
    lost_at = NOW + timedelta(seconds=580)
    world.attempt = replace(ATTEMPT, lost_before=True, lost_at=lost_at)
    world.provider_time = lost_at + timedelta(seconds=600)
    await rotate(world)
    assert (world.told.reason, world.closed, world.refresh.await_count) == ("rotation_lost", ["refused"], 0)


@pytest.mark.parametrize("code", ["client_invalid", "request_refused", "request_unsendable"])
async def test_a_refusal_that_is_our_fault_shows_as_ours_and_borrowers_come_back_after_minutes(
    world: World, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.refresh.side_effect = Permanent(code, "Said.")
    with pytest.raises(Transient) as raised:
        await rotate(world)
    assert raised.value.retry_after == 600
    world.grants.note_trouble.assert_awaited_once_with(GRANT.id, Trouble(code, NOW))
    assert code in caplog.text


@pytest.mark.parametrize(
    ("failure", "calls"),
    [
        (Permanent("client_invalid", "Said."), 1),
        (Permanent("request_refused", "Said."), 1),
        (Permanent("request_unsendable", "Said."), 1),
        (Transient("provider_unavailable", "A page.", retry_after=600), 2),
    ],
)
async def test_what_is_our_fault_this_process_asks_no_more(
    world: World, failure: KoppelError, calls: int
) -> None:
    code = failure.code
    world.refresh.side_effect = failure
    for _ in range(2):
        with pytest.raises(Transient, match=code) as raised:
            await rotate(world)
        assert raised.value.retry_after == 600
    assert world.refresh.await_count == calls


def test_it_is_refused_for_every_grant_of_the_place_until_a_call_passes_there() -> None:
    clients, other = RefusedClients(), replace(GRANT, id=new_id())
    clients.note(GRANT, "client_invalid")
    with pytest.raises(Transient, match="client_invalid"):
        clients.check(other)
    clients.check(replace(other, region="be"))
    clients.forget(GRANT.at)
    clients.check(GRANT)


@pytest.mark.parametrize("code", ["request_refused", "request_unsendable"])
def test_a_request_that_is_refused_is_the_one_of_its_grant(code: str) -> None:
    clients = RefusedClients()
    clients.note(GRANT, code)
    clients.check(replace(GRANT, id=new_id()))
    with pytest.raises(Transient, match=code):
        clients.check(GRANT)
    clients.forget(GRANT.at)
    clients.check(GRANT)


@pytest.mark.parametrize(("attempts", "asked", "wait"), [(1, None, 30), (3, None, 120), (1, 400.0, 400)])
async def test_a_refresh_that_came_too_early_waits_as_told_else_ever_longer(
    world: World, attempts: int, asked: float | None, wait: float
) -> None:
    world.attempt = replace(ATTEMPT, attempts=attempts)
    world.refresh.side_effect = Transient("refresh_too_early", "Early.", retry_after=asked)
    with pytest.raises(Transient) as raised:
        await rotate(world)
    assert raised.value.retry_after == wait
    assert world.grants.note_trouble.await_count == 0
