"""One rotation against fakes: what is asked, kept and told in each case. The statements are tested on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import AsyncMock

import pytest
from pydantic import SecretStr

from connection_svc.domain.connection import Grant
from connection_svc.domain.provider import At, IssuedTokens
from connection_svc.domain.rotation import Answer
from koppel.contracts.values import WhoMustAct
from koppel.kernel.errors import Conflict, NotFound, Permanent, Transient

from .rotation_world import (
    ANSWER,
    ATTEMPT,
    FENCE,
    GRANT,
    NEW,
    NOW,
    OLD,
    REPLACED,
    REVOKED,
    TOKENS,
    WAITING,
    World,
    rotate,
)


async def test_what_the_provider_gives_is_sealed_for_the_next_version_and_kept(world: World) -> None:
    await rotate(world)
    ports, attempt, answer, provider, brought = world.kept.await_args.args  # type: ignore[union-attr]
    assert (ports, attempt, provider, brought) == (world, ATTEMPT, At("eaccounting"), NEW)
    assert answer == Answer(
        access_token=b"access_token/4/access",
        refresh_token=b"refresh_token/4/new-refresh",
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    world.refresh.assert_awaited_once_with(At("eaccounting"), OLD)


async def test_a_provider_that_cannot_be_asked_again_is_asked_where_no_answer_was_lost(world: World) -> None:
    world.provider_timing = replace(world.provider_timing, retry_lost_answer=False)
    await rotate(world)
    world.refresh.assert_awaited_once_with(At("eaccounting"), OLD)


@pytest.mark.parametrize("given", [None, OLD])
async def test_a_refresh_token_that_stays_is_kept_again_and_is_nothing_new(
    world: World, given: SecretStr | None
) -> None:
    world.issued = IssuedTokens(SecretStr("access"), given, None)
    await rotate(world)
    _, _, answer, _, brought = world.kept.await_args.args  # type: ignore[union-attr]
    assert (answer.refresh_token, brought) == (b"refresh_token/4/old-refresh", None)


async def test_who_owns_the_refresh_no_more_asks_nothing(world: World) -> None:
    with pytest.raises(Conflict, match="lease_lost"):
        await rotate(world, fence=FENCE - 1)
    assert (world.rotations.intend.await_count, world.refresh.await_count) == (0, 0)


async def test_a_grant_that_does_not_exist_is_not_found(world: World) -> None:
    world.grant = None
    with pytest.raises(NotFound, match=r"^grant_not_found: "):
        await rotate(world)


@pytest.mark.parametrize("grant", [REVOKED, WAITING, REPLACED, replace(GRANT, tokens=None)])
async def test_a_grant_without_need_is_left_alone(world: World, grant: Grant) -> None:
    world.grant = grant
    await rotate(world)
    assert (world.rotations.intend.await_count, world.refresh.await_count) == (0, 0)


async def test_an_answer_in_the_journal_is_stored_and_nothing_asked(world: World) -> None:
    world.attempt = replace(ATTEMPT, answer=ANSWER, not_before=NOW + timedelta(hours=1))
    await rotate(world)
    world.stored.assert_awaited_once_with(world, world.attempt)
    assert world.refresh.await_count == 0


async def test_a_provider_that_asked_for_a_pause_gets_it(world: World) -> None:
    world.attempt = replace(ATTEMPT, not_before=NOW + timedelta(seconds=9))
    with pytest.raises(Transient, match="refresh_paused") as raised:
        await rotate(world)
    assert (raised.value.retry_after, world.refresh.await_count) == (9, 0)
    world.attempt = replace(ATTEMPT, not_before=NOW)
    await rotate(world)
    assert world.refresh.await_count == 1


async def test_without_a_refresh_token_a_person_is_asked_and_the_provider_is_not(world: World) -> None:
    world.grant = replace(GRANT, tokens=replace(TOKENS, refresh_token=None))
    await rotate(world)
    assert (world.told.reason, world.closed, world.refresh.await_count) == (
        "no_refresh_token",
        ["refused"],
        0,
    )


@pytest.mark.parametrize(("lost", "reason"), [(False, "grant_invalid"), (True, "rotation_lost")])
async def test_a_refused_token_is_told_and_audited_with_its_reason(
    world: World, lost: bool, reason: str
) -> None:
    world.attempt = replace(ATTEMPT, lost_before=lost)
    world.refused()
    await rotate(world)
    assert (world.told.reason, world.told.who_must_act, world.told.required_at) == (
        reason,
        WhoMustAct.CUSTOMER,
        NOW,
    )
    assert (world.told.grant_id, world.told.connection_id) == (GRANT.id, GRANT.connection_id)
    world.grants.require_login.assert_awaited_once_with(GRANT.id, reason, NOW)
    world.audit.record.assert_awaited_once_with(
        organisation_id=GRANT.organisation_id,
        actor="service:connection-svc",
        action="grant.reauthorization_required",
        target=f"grant/{GRANT.id}",
        reason=reason,
    )
    world.followed.assert_awaited_once_with(world, world.connection, GRANT.id, NOW)
    assert (world.closed, world.owners) == (["refused"], [FENCE, FENCE])


@pytest.mark.parametrize("became", [REPLACED, REVOKED])
async def test_a_refusal_of_what_was_replaced_meanwhile_changes_nothing(world: World, became: Grant) -> None:
    world.refused(while_it_became=became)
    await rotate(world)
    assert (world.closed, world.events.append.await_count, world.followed.await_count) == (
        ["superseded"],
        0,
        0,
    )


@pytest.mark.parametrize("became", [WAITING, None])
async def test_a_refusal_that_was_told_already_is_not_told_again(world: World, became: Grant | None) -> None:
    world.refused(while_it_became=became)
    await rotate(world)
    assert (world.closed, world.events.append.await_count) == ([], 0)


async def test_a_grant_that_goes_between_two_looks_has_nobody_to_tell(world: World) -> None:
    world.refused(while_it_became=None)
    world.grants.get.side_effect = AsyncMock(return_value=GRANT)
    await rotate(world)
    assert (world.closed, world.events.append.await_count) == ([], 0)


async def test_a_connection_that_is_gone_has_nobody_to_tell(world: World) -> None:
    world.refused()
    world.connection = None
    await rotate(world)
    assert (world.closed, world.events.append.await_count) == ([], 0)


@pytest.mark.parametrize(
    ("code", "answered"),
    [
        ("provider_timeout", False),
        ("connection_dropped", False),
        ("provider_bad_answer", False),
        ("provider_answer_too_large", False),
        ("provider_unavailable", True),
        ("rate_limited", True),
        ("client_invalid", True),
        ("refresh_too_early", True),
    ],
)
async def test_a_failure_is_noted_with_whether_the_provider_may_have_replaced_the_token(
    world: World, code: str, answered: bool
) -> None:
    world.refresh.side_effect = Permanent(code, "Said.")
    with pytest.raises(Transient, match=f"{code}: Said.") as raised:
        await rotate(world)
    [call] = world.rotations.withdraw.await_args_list
    assert (call.args[0], call.args[2], call.kwargs) == (ATTEMPT, code, {"answered": answered})
    if code != "client_invalid":
        assert call.args[1] == NOW + timedelta(seconds=raised.value.retry_after or 0)


async def test_what_is_our_fault_rests_a_minute_for_processes_with_other_settings(world: World) -> None:
    """Borrowers, who would only hear the same, come back later."""
    world.refresh.side_effect = Permanent("client_invalid", "Said.")
    with pytest.raises(Transient) as raised:
        await rotate(world)
    [call] = world.rotations.withdraw.await_args_list
    assert (call.args[1], raised.value.retry_after) == (NOW + timedelta(minutes=1), 600)


@pytest.mark.parametrize(
    ("attempts", "asked", "least", "most"), [(1, None, 0.8, 1.2), (20, None, 48, 72), (1, 90.0, 90, 90)]
)
async def test_after_a_failure_the_wait_grows_from_a_second_to_a_minute(
    world: World, attempts: int, asked: float | None, least: float, most: float
) -> None:
    world.attempt = replace(ATTEMPT, attempts=attempts)
    world.refresh.side_effect = Transient("provider_unavailable", "Away.", retry_after=asked)
    with pytest.raises(Transient) as raised:
        await rotate(world)
    assert least <= (raised.value.retry_after or 0) <= most
