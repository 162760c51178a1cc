"""States of a connection, its health, and when a token may be issued."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connection_svc.domain.connection import (
    Connection,
    ConnectionState,
    Grant,
    GrantState,
    Tokens,
    Trouble,
    state_by_grants,
)
from connection_svc.domain.health import Health, HealthStatus, health_of
from connection_svc.domain.rotation import Attempt
from connection_svc.domain.token_life import (
    Demand,
    dies_at,
    expires_at,
    holds_until,
    idle_since,
    is_alive,
    is_fresh,
    provider_time,
    takes_refresh_at,
)
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id
from koppel.providers.exact_online.profile import TIMING as EXACT
from koppel.providers.profile import TokenTiming

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ACTIVE, WAITING, REVOKED = GrantState.ACTIVE, GrantState.REAUTHORIZATION_REQUIRED, GrantState.REVOKED
CONNECTION = Connection(
    id=new_id(),
    organisation_id=new_id(),
    provider="eaccounting",
    name="Kantoor",
    state=ConnectionState.ACTIVE,
    state_since=NOW,
    created_by="someone",
    created_at=NOW,
)
TOKENS = Tokens(
    version=1,
    access_token=b"sealed",
    refresh_token=b"sealed",
    issued_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)
HOUR = TokenTiming(lifetime=timedelta(hours=1))
ATTEMPT = Attempt(organisation_id=CONNECTION.organisation_id, grant_id=new_id(), from_version=1)
GRANT = Grant(
    id=new_id(),
    organisation_id=CONNECTION.organisation_id,
    connection_id=CONNECTION.id,
    provider="eaccounting",
    state=ACTIVE,
    state_since=NOW,
    company=None,
    scopes=(),
    authorized_by="someone",
    authorized_at=NOW,
    tokens=TOKENS,
)


@pytest.mark.parametrize(
    ("grants", "state"),
    [
        ([], ConnectionState.PENDING),
        ([ACTIVE, ACTIVE], ConnectionState.ACTIVE),
        ([ACTIVE, REVOKED], ConnectionState.ACTIVE),
        ([ACTIVE, WAITING], ConnectionState.REAUTHORIZATION_REQUIRED),
        ([WAITING, REVOKED], ConnectionState.REAUTHORIZATION_REQUIRED),
        ([REVOKED], ConnectionState.REVOKED),
    ],
)
def test_a_connection_is_as_good_as_its_worst_grant(grants: list[GrantState], state: ConnectionState) -> None:
    assert state_by_grants(grants) is state


def test_health_names_the_grant_that_broke_first() -> None:
    first = replace(
        GRANT, state=WAITING, state_since=NOW, reason="rotation_lost", who_must_act=WhoMustAct.CUSTOMER
    )
    later = replace(first, state_since=NOW + timedelta(hours=1), reason="grant_invalid")
    health = health_of(CONNECTION, [later, GRANT, first])
    assert health == Health(HealthStatus.ACTION_NEEDED, NOW, "rotation_lost", WhoMustAct.CUSTOMER)


@pytest.mark.parametrize(
    ("state", "status", "reason", "who"),
    [
        (ConnectionState.PENDING, HealthStatus.WAITING, "not_authorized", WhoMustAct.CUSTOMER),
        (ConnectionState.ACTIVE, HealthStatus.HEALTHY, None, None),
        (ConnectionState.REVOKED, HealthStatus.REVOKED, "revoked", WhoMustAct.CUSTOMER),
    ],
)
def test_health_follows_the_state_and_says_who_must_act(
    state: ConnectionState, status: HealthStatus, reason: str | None, who: WhoMustAct | None
) -> None:
    assert health_of(replace(CONNECTION, state=state), []) == Health(status, NOW, reason, who)


@pytest.mark.parametrize(
    ("life", "age", "fresh"),
    [
        (timedelta(hours=1), timedelta(minutes=54), True),
        (timedelta(hours=1), timedelta(minutes=55), False),
        (timedelta(minutes=10), timedelta(minutes=8, seconds=59), True),
        (timedelta(minutes=10), timedelta(minutes=9), False),
        (timedelta(hours=1), timedelta(hours=2), False),
    ],
)
def test_a_token_is_issued_until_a_tenth_of_its_life_or_five_minutes_are_left(
    life: timedelta, age: timedelta, fresh: bool
) -> None:
    assert is_fresh(replace(TOKENS, expires_at=NOW + life), Demand(), HOUR, NOW + age) is fresh


def test_a_wish_for_a_longer_life_is_heard_once_a_minute() -> None:
    demand = Demand(refresh_if_expires_before=NOW + timedelta(days=1))
    assert is_fresh(TOKENS, demand, HOUR, NOW + timedelta(seconds=59))
    assert not is_fresh(TOKENS, demand, HOUR, NOW + timedelta(seconds=60))


def test_a_token_that_lives_as_long_as_is_wished_is_issued_at_any_age() -> None:
    end = NOW + timedelta(hours=1)
    just_enough = Demand(refresh_if_expires_before=end)
    a_moment_more = Demand(refresh_if_expires_before=end + timedelta(microseconds=1))
    assert is_fresh(TOKENS, just_enough, HOUR, NOW + timedelta(minutes=30))
    assert not is_fresh(TOKENS, a_moment_more, HOUR, NOW + timedelta(minutes=30))


def test_a_token_ends_when_the_answer_says_else_when_the_provider_does_else_never() -> None:
    ten_minutes, unknown = TokenTiming(lifetime=timedelta(minutes=10)), TokenTiming(lifetime=None)
    assert expires_at(NOW, 3600, ten_minutes) == NOW + timedelta(hours=1)
    assert expires_at(NOW, None, ten_minutes) == NOW + timedelta(minutes=10)
    assert expires_at(NOW, None, unknown) is None


def test_a_token_without_a_known_end_is_fresh_until_it_is_refused() -> None:
    endless = replace(TOKENS, expires_at=None)
    late = NOW + timedelta(days=400)
    assert is_fresh(endless, Demand(refresh_if_expires_before=late), HOUR, late)
    assert is_alive(endless, late)


@pytest.mark.parametrize(("age", "fresh"), [(574, True), (575, False), (601, False)])
def test_a_margin_of_the_provider_s_own_leaves_nothing_between_issuing_and_refreshing(
    age: int, fresh: bool
) -> None:
    tokens = replace(TOKENS, expires_at=NOW + timedelta(seconds=600))
    wish = Demand(refresh_if_expires_before=NOW + timedelta(hours=1))
    assert is_fresh(tokens, wish, EXACT, NOW + timedelta(seconds=age)) is fresh


def test_a_token_is_alive_until_its_end_by_the_provider_s_clock_where_that_is_known() -> None:
    theirs = NOW + timedelta(days=2)
    dated, jumped = replace(TOKENS, dated_at=theirs), NOW + timedelta(hours=9)
    assert is_alive(dated, jumped, theirs + timedelta(minutes=59))
    assert not is_alive(dated, NOW, theirs + timedelta(hours=1))
    assert holds_until(dated, jumped, theirs + timedelta(minutes=20)) == jumped + timedelta(minutes=40)
    assert holds_until(TOKENS, jumped, theirs) == TOKENS.expires_at
    assert holds_until(dated, jumped) == TOKENS.expires_at
    assert holds_until(replace(dated, expires_at=None), jumped, theirs) is None


def test_a_token_is_alive_until_its_end() -> None:
    assert is_alive(TOKENS, NOW + timedelta(minutes=59, seconds=59))
    assert not is_alive(TOKENS, NOW + timedelta(hours=1))


def test_an_early_refresh_is_reckoned_by_the_provider_s_clock_alone() -> None:
    theirs = NOW + timedelta(hours=7)
    tokens = replace(TOKENS, dated_at=theirs)
    assert takes_refresh_at(tokens, ATTEMPT, EXACT) == theirs + timedelta(seconds=575)
    assert provider_time(tokens, NOW + timedelta(seconds=9)) == theirs + timedelta(seconds=9)
    assert takes_refresh_at(tokens, ATTEMPT, HOUR) is None


def test_after_a_lost_answer_the_wait_begins_again() -> None:
    lost = replace(ATTEMPT, lost_before=True, lost_at=NOW + timedelta(seconds=590))
    assert takes_refresh_at(TOKENS, lost, EXACT) == NOW + timedelta(seconds=590 + 575)
    answered = replace(lost, lost_before=False)
    assert takes_refresh_at(TOKENS, answered, EXACT) == NOW + timedelta(seconds=575)


def test_tokens_that_lie_unused_are_refreshed_after_two_thirds_of_their_life() -> None:
    assert idle_since(EXACT, NOW) == NOW - timedelta(days=20)
    assert dies_at(TOKENS, EXACT) == NOW + timedelta(days=30)
    assert (idle_since(HOUR, NOW), dies_at(TOKENS, HOUR)) == (None, None)


def test_our_own_fault_shows_in_the_health_and_a_needed_login_goes_before_it() -> None:
    troubled = replace(GRANT, trouble=Trouble("client_invalid", NOW))
    assert health_of(CONNECTION, [troubled]) == Health(
        HealthStatus.ACTION_NEEDED, NOW, "client_invalid", WhoMustAct.US
    )
    broken = replace(
        GRANT,
        state=GrantState.REAUTHORIZATION_REQUIRED,
        reason="grant_invalid",
        who_must_act=WhoMustAct.CUSTOMER,
        state_since=NOW + timedelta(hours=1),
    )
    assert health_of(CONNECTION, [troubled, broken]).reason == "grant_invalid"


def test_the_trouble_of_a_grant_that_is_withdrawn_is_nobody_s() -> None:
    withdrawn = replace(GRANT, state=REVOKED, trouble=Trouble("client_invalid", NOW))
    assert health_of(CONNECTION, [withdrawn, GRANT]).status is HealthStatus.HEALTHY
    later = replace(GRANT, trouble=Trouble("provider_unavailable", NOW + timedelta(hours=1)))
    assert health_of(CONNECTION, [withdrawn, later, GRANT]).reason == "provider_unavailable"


def test_tokens_stay_out_of_reprs() -> None:
    assert "sealed" not in repr(GRANT)
    assert "digest" not in repr(Demand(rejected_token_sha256=b"digest"))
