"""When it is told that a login is about to die, and who can keep it alive."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connection_svc.domain.connection import Tokens, Trouble
from connection_svc.domain.expiry import act_by, notice_due, told_when_issued_before, who_keeps_alive
from connection_svc.domain.health import HealthStatus, health_of
from connection_svc.domain.token_life import dies_at
from koppel.contracts.values import WhoMustAct
from koppel.providers.exact_online.profile import TIMING as EXACT
from koppel.providers.profile import Rotation, TokenTiming

from .test_connection_rules import CONNECTION, GRANT, HOUR, NOW, TOKENS

WEEK, DAY = timedelta(days=7), timedelta(days=1)


def after(**age: float) -> datetime:
    return NOW + timedelta(**age)


@pytest.mark.parametrize(
    ("age", "due"),
    [
        (timedelta(days=22, hours=23, minutes=59), None),
        (timedelta(days=23), WEEK),
        (timedelta(days=28, hours=23), WEEK),
        (timedelta(days=29), DAY),
        (timedelta(days=29, hours=23, minutes=59), DAY),
        (timedelta(days=30), None),
    ],
)
def test_a_login_of_thirty_days_is_told_of_at_seven_and_at_one(age: timedelta, due: timedelta | None) -> None:
    assert notice_due(TOKENS, EXACT, NOW + age) == due


def test_tokens_that_renew_themselves_in_time_are_not_told_of() -> None:
    nine_days = replace(EXACT, idle_death=timedelta(days=9))
    assert notice_due(TOKENS, nine_days, after(days=2)) is None
    assert notice_due(TOKENS, nine_days, after(days=6, minutes=59)) is None
    assert notice_due(TOKENS, nine_days, after(days=6, hours=1, seconds=1)) == WEEK


def test_the_hour_in_which_they_renew_themselves_ends_with_its_last_moment() -> None:
    nine_days = replace(EXACT, idle_death=timedelta(days=9))
    assert notice_due(TOKENS, nine_days, after(days=6, hours=1)) is None


def test_without_a_refresh_token_nothing_renews_itself_however_young_it_is() -> None:
    bare = replace(TOKENS, refresh_token=None, expires_at=after(days=10))
    assert notice_due(bare, EXACT, after(days=9, hours=1)) == DAY


def test_tokens_that_never_die_are_not_told_of() -> None:
    assert notice_due(TOKENS, HOUR, after(days=400)) is None
    assert told_when_issued_before(HOUR, NOW, WEEK) is None


def test_without_anything_to_renew_it_with_a_login_dies_with_its_token() -> None:
    month = replace(TOKENS, refresh_token=None, expires_at=after(days=30))
    assert dies_at(month, HOUR) == after(days=30)
    assert notice_due(month, HOUR, after(days=22)) is None
    assert notice_due(month, HOUR, after(days=23)) == WEEK
    minted = TokenTiming(lifetime=timedelta(hours=1), rotation=Rotation.MINTED)
    assert dies_at(month, minted) is None


def test_a_life_that_is_no_longer_than_a_notice_is_not_told_of() -> None:
    def of(**life: float) -> Tokens:
        return replace(TOKENS, refresh_token=None, expires_at=after(**life))

    assert notice_due(of(hours=1), HOUR, NOW) is None
    assert notice_due(of(days=1), HOUR, NOW) is None
    assert notice_due(of(days=3), HOUR, NOW) is None
    assert notice_due(of(days=3), HOUR, after(days=2)) == DAY


@pytest.mark.parametrize("notice", [WEEK, DAY])
def test_those_that_are_looked_at_are_those_that_may_be_told_of(notice: timedelta) -> None:
    now = after(days=100)
    before = told_when_issued_before(EXACT, now, notice)
    assert before == now - timedelta(days=30) + notice
    assert notice_due(replace(TOKENS, issued_at=before), EXACT, now) == notice


def test_of_a_short_life_those_are_looked_at_that_were_not_renewed_in_time() -> None:
    nine_days = replace(EXACT, idle_death=timedelta(days=9))
    assert told_when_issued_before(nine_days, NOW, WEEK) == NOW - timedelta(days=6, hours=1)


def test_who_can_keep_it_alive_is_whose_fault_it_is() -> None:
    assert who_keeps_alive(GRANT) is WhoMustAct.PROVIDER
    assert who_keeps_alive(replace(GRANT, trouble=Trouble("client_invalid", NOW))) is WhoMustAct.US
    away = replace(GRANT, trouble=Trouble("provider_unavailable", NOW))
    assert who_keeps_alive(away) is WhoMustAct.PROVIDER
    assert who_keeps_alive(replace(GRANT, tokens=None)) is WhoMustAct.CUSTOMER
    bare = replace(GRANT, tokens=replace(TOKENS, refresh_token=None))
    assert who_keeps_alive(bare) is WhoMustAct.CUSTOMER


def test_a_login_that_is_begun_in_time_is_finished_in_time() -> None:
    assert act_by(NOW) == after(hours=-1)


def test_a_provider_that_is_away_shows_in_the_health_as_its_own() -> None:
    health = health_of(CONNECTION, [replace(GRANT, trouble=Trouble("provider_timeout", NOW))])
    assert (health.status, health.reason, health.who_must_act) == (
        HealthStatus.ACTION_NEEDED,
        "provider_timeout",
        WhoMustAct.PROVIDER,
    )
