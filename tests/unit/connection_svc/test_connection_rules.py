"""States of a connection, its health, and when a token may be issued."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connection_svc.domain.connection import (
    Connection,
    ConnectionState,
    Grant,
    GrantState,
    Health,
    HealthStatus,
    Tokens,
    health_of,
    state_by_grants,
)
from connection_svc.domain.token_life import Demand, expires_at, is_fresh
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id

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
def test_a_token_is_lent_until_a_tenth_of_its_life_or_five_minutes_are_left(
    life: timedelta, age: timedelta, fresh: bool
) -> None:
    assert is_fresh(replace(TOKENS, expires_at=NOW + life), Demand(), NOW + age) is fresh


def test_a_wish_for_a_longer_life_is_heard_once_a_minute() -> None:
    demand = Demand(refresh_if_expires_before=NOW + timedelta(days=1))
    assert is_fresh(TOKENS, demand, NOW + timedelta(seconds=59))
    assert not is_fresh(TOKENS, demand, NOW + timedelta(seconds=60))


def test_a_token_that_lives_as_long_as_is_wished_is_lent_at_any_age() -> None:
    just_enough = Demand(refresh_if_expires_before=TOKENS.expires_at)
    a_moment_more = Demand(refresh_if_expires_before=TOKENS.expires_at + timedelta(microseconds=1))
    assert is_fresh(TOKENS, just_enough, NOW + timedelta(minutes=30))
    assert not is_fresh(TOKENS, a_moment_more, NOW + timedelta(minutes=30))


def test_a_package_that_does_not_tell_the_lifetime_gets_ten_minutes() -> None:
    assert expires_at(NOW, None) == NOW + timedelta(minutes=10)
    assert expires_at(NOW, 3600) == NOW + timedelta(hours=1)


def test_tokens_stay_out_of_reprs() -> None:
    assert "sealed" not in repr(GRANT)
    assert "digest" not in repr(Demand(rejected_token_sha256=b"digest"))
