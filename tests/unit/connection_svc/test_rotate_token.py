"""One rotation against fakes: what is asked, kept and told in each case. The statements are tested on PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from pydantic import SecretStr

from connection_svc.application import require_login as login_module
from connection_svc.application import rotate_token as module
from connection_svc.application.rotate_token import rotate_token
from connection_svc.domain.connection import Grant, GrantState, Tokens, Trouble
from connection_svc.domain.provider import At, IssuedTokens
from connection_svc.domain.rotation import Answer, Attempt
from koppel.contracts.values import WhoMustAct
from koppel.kernel.errors import Conflict, NotFound, Permanent, Transient
from koppel.kernel.ids import new_id
from koppel.providers.exact_online.profile import TIMING as EXACT
from koppel.providers.failures import IncompleteTokens
from koppel.providers.profile import TokenTiming

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FENCE = 7
OLD, NEW = SecretStr("old-refresh"), SecretStr("new-refresh")
TOKENS = Tokens(
    version=3, access_token=b"sealed", refresh_token=b"sealed", issued_at=NOW, expires_at=NOW + timedelta(hours=1)
)  # fmt: skip
GRANT = Grant(
    id=new_id(),
    organisation_id=new_id(),
    connection_id=new_id(),
    provider="eaccounting",
    state=GrantState.ACTIVE,
    state_since=NOW,
    company=None,
    scopes=(),
    authorized_by="someone",
    authorized_at=NOW,
    tokens=TOKENS,
)
ATTEMPT = Attempt(organisation_id=GRANT.organisation_id, grant_id=GRANT.id, from_version=3)
ANSWER = Answer(access_token=b"a", refresh_token=b"r", issued_at=NOW, expires_at=NOW)
REVOKED = replace(GRANT, state=GrantState.REVOKED, tokens=None)
WAITING = replace(GRANT, state=GrantState.REAUTHORIZATION_REQUIRED)
REPLACED = replace(GRANT, tokens=replace(TOKENS, version=4))


class World:
    """Stands for ports, unit of work and transaction; `during_call` is what the grant has become by then."""

    def __init__(self) -> None:
        self.grant: Grant | None = GRANT
        self.connection: Any = object()
        self.attempt = ATTEMPT
        self.issued = IssuedTokens(SecretStr("access"), NEW, 3600)
        self.owners: list[int] = []
        self.kept = AsyncMock()
        self.stored = AsyncMock()
        self.followed = AsyncMock()
        self.refresh = AsyncMock(side_effect=lambda *_: self.issued)
        self.package_timing = TokenTiming(lifetime=timedelta(minutes=10))
        self.package_time: datetime | None = None
        self.time = AsyncMock(side_effect=lambda *_: self.package_time)
        self.rotations = Mock(
            confirm_owner=AsyncMock(side_effect=self._confirm),
            intend=AsyncMock(side_effect=lambda *_: self.attempt),
            withdraw=AsyncMock(),
            close=AsyncMock(),
        )
        self.grants = Mock(
            lock=AsyncMock(side_effect=self._grant), get=AsyncMock(side_effect=self._grant), require_login=AsyncMock(),
            note_trouble=AsyncMock(),
        )  # fmt: skip
        self.connections = Mock(lock=AsyncMock(side_effect=lambda _: self.connection))
        self.events, self.audit = Mock(append=AsyncMock()), Mock(record=AsyncMock())
        self.unit_of_work, self.clock, self.providers = self, Mock(now=lambda: NOW), self
        self.now = NOW
        self.vault = Mock(
            sealer=AsyncMock(return_value=Mock(seal=seal)), unseal=AsyncMock(side_effect=unseal)
        )

    @asynccontextmanager
    async def begin(self, organisation_id: Any) -> AsyncIterator[Any]:
        yield self

    async def persist(self, work: Callable[[Any], Any]) -> Any:
        return await work(self)

    def timing(self, provider: str) -> TokenTiming:
        assert provider == "eaccounting"
        return self.package_timing

    async def _grant(self, grant_id: Any) -> Grant | None:
        return self.grant

    async def _confirm(self, grant_id: Any, fence: int) -> None:
        assert grant_id == GRANT.id
        self.owners.append(fence)
        if fence != FENCE:
            raise Conflict("lease_lost", "Another owns it.")

    def refused(self, *, while_it_became: Grant | None = GRANT) -> None:
        """The package says that the token does not hold."""

        async def refuse(*_: object) -> None:
            self.grant = while_it_became
            raise Permanent("grant_invalid", "No.")

        self.refresh.side_effect = refuse

    @property
    def told(self) -> Any:
        """The one event."""
        [call] = self.events.append.await_args_list
        return call.args[0]

    @property
    def closed(self) -> list[str]:
        return [call.args[1] for call in self.rotations.close.await_args_list]


def seal(subject: object, field: str, version: int, secret: SecretStr) -> bytes:
    assert subject == GRANT.id
    return f"{field}/{version}/{secret.get_secret_value()}".encode()


async def unseal(_: object, __: object, field: str, *___: object) -> SecretStr:
    return OLD if field == "refresh_token" else SecretStr("old-access")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(module, "keep_answer", made.kept)
    monkeypatch.setattr(module, "store_answer", made.stored)
    monkeypatch.setattr(login_module, "follow_grants", made.followed)
    return made


async def rotate(world: Any, fence: int = FENCE) -> None:
    await rotate_token(world, GRANT.id, 3, fence)


async def test_what_the_package_gives_is_sealed_for_the_next_version_and_kept(world: World) -> None:
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


async def test_a_package_that_asked_for_a_pause_gets_it(world: World) -> None:
    world.attempt = replace(ATTEMPT, not_before=NOW + timedelta(seconds=9))
    with pytest.raises(Transient, match="refresh_paused") as raised:
        await rotate(world)
    assert (raised.value.retry_after, world.refresh.await_count) == (9, 0)
    world.attempt = replace(ATTEMPT, not_before=NOW)
    await rotate(world)
    assert world.refresh.await_count == 1


async def test_without_a_refresh_token_a_person_is_asked_and_the_package_is_not(world: World) -> None:
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
async def test_a_failure_is_noted_with_whether_the_package_may_have_replaced_the_token(
    world: World, code: str, answered: bool
) -> None:
    world.refresh.side_effect = Permanent(code, "Said.")
    with pytest.raises(Transient, match=f"{code}: Said.") as raised:
        await rotate(world)
    [call] = world.rotations.withdraw.await_args_list
    assert (call.args[0], call.args[2], call.kwargs) == (ATTEMPT, code, {"answered": answered})
    assert call.args[1] == NOW + timedelta(seconds=raised.value.retry_after or 0)


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


async def test_a_refresh_that_the_package_would_call_early_is_never_asked(world: World) -> None:
    world.package_timing = EXACT
    world.package_time = NOW + timedelta(seconds=574)
    with pytest.raises(Transient, match="refresh_paused") as raised:
        await rotate(world)
    assert (raised.value.retry_after, world.refresh.await_count) == (1, 0)


@pytest.mark.parametrize("ours", [timedelta(0), timedelta(hours=-3), timedelta(hours=3)])
async def test_the_package_s_clock_tells_the_age_whatever_ours_says(world: World, ours: timedelta) -> None:
    theirs = NOW + timedelta(days=2)
    world.grant = replace(GRANT, tokens=replace(TOKENS, dated_at=theirs))
    world.package_timing = EXACT
    world.clock.now = lambda: NOW + ours
    world.package_time = theirs + timedelta(seconds=574)
    with pytest.raises(Transient, match="refresh_paused"):
        await rotate(world)
    world.package_time = theirs + timedelta(seconds=575)
    await rotate(world)
    assert world.refresh.await_count == 1


async def test_a_package_that_does_not_tell_the_time_is_reckoned_from_its_last_answer(world: World) -> None:
    world.package_timing = EXACT
    world.grant = replace(GRANT, tokens=replace(TOKENS, dated_at=NOW + timedelta(hours=1)))
    world.clock.now = lambda: NOW + timedelta(seconds=574)
    with pytest.raises(Transient, match="refresh_paused"):
        await rotate(world)
    world.clock.now = lambda: NOW + timedelta(seconds=575)
    await rotate(world)
    assert world.refresh.await_count == 1


async def test_a_package_that_takes_refreshes_at_any_time_is_not_asked_for_its_clock(world: World) -> None:
    await rotate(world)
    assert world.time.await_count == 0


async def test_after_a_lost_answer_the_package_is_asked_again_when_it_would_take_it(world: World) -> None:
    world.package_timing = EXACT
    lost_at = NOW + timedelta(seconds=580)
    world.attempt = replace(ATTEMPT, lost_before=True, lost_at=lost_at)
    world.package_time = lost_at + timedelta(seconds=574)
    with pytest.raises(Transient, match="refresh_paused"):
        await rotate(world)
    assert world.refresh.await_count == 0
    world.package_time = lost_at + timedelta(seconds=575)
    await rotate(world)
    assert world.refresh.await_count == 1


async def test_where_a_lost_answer_cannot_be_asked_for_again_a_person_is(world: World) -> None:
    world.package_timing = replace(EXACT, retry_lost_answer=False)
    lost_at = NOW + timedelta(seconds=580)
    world.attempt = replace(ATTEMPT, lost_before=True, lost_at=lost_at)
    world.package_time = lost_at + timedelta(seconds=600)
    await rotate(world)
    assert (world.told.reason, world.closed, world.refresh.await_count) == ("rotation_lost", ["refused"], 0)


@pytest.mark.parametrize("code", ["client_invalid", "request_refused", "request_unsendable"])
async def test_a_refusal_that_is_our_fault_rests_for_minutes_and_shows_as_ours(
    world: World, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.refresh.side_effect = Permanent(code, "Said.")
    with pytest.raises(Transient) as raised:
        await rotate(world)
    assert (raised.value.retry_after or 0) >= 8 * 60
    world.grants.note_trouble.assert_awaited_once_with(GRANT.id, Trouble(code, NOW))
    assert code in caplog.text


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
