"""What follows from a page or a failure of one grant's discovery."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from import_svc.domain.discovery import (
    DiscoveryFailed,
    GrantDiscovery,
    GrantDiscoveryState,
    after_failure,
    after_page,
)
from koppel.contracts.failures import PROVIDER_BUSY
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.providers import failures

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLICY = RetryPolicy(first=timedelta(seconds=1), attempts=3, jitter=0)
FRESH = GrantDiscovery(new_id(), GrantDiscoveryState.WAITING, 0, NOW)


def test_the_last_page_ends_it_and_counts_its_own_attempt() -> None:
    ended = after_page(replace(FRESH, attempts=1), None, NOW)
    assert (ended.state, ended.attempts, ended.pages) == (GrantDiscoveryState.DISCOVERED, 2, 1)


def test_pages_without_an_end_are_the_providers_bad_answer() -> None:
    failure = after_page(replace(FRESH, continuation="a"), "a", NOW).failure
    assert failure is not None
    assert (failure.origin, failure.type, failure.who_must_act) == (
        "provider",
        "bad_answer",
        WhoMustAct.PROVIDER,
    )


def test_a_call_that_could_not_be_made_waits_a_second_when_nothing_says_how_long() -> None:
    untried = DiscoveryFailed(PROVIDER_BUSY, transient=True, untried=True)
    assert after_failure(FRESH, untried, POLICY, NOW).next_attempt_at == NOW + timedelta(seconds=1)


@pytest.mark.parametrize("transient", [True, False])
def test_a_failure_that_is_not_of_the_place_keeps_the_place(*, transient: bool) -> None:
    failure = failures.failure(failures.UNAVAILABLE).as_contract()
    reading = replace(FRESH, continuation="page-7", pages=6)
    after = after_failure(reading, DiscoveryFailed(failure, transient=transient), POLICY, NOW)
    assert (after.continuation, after.waits) == ("page-7", transient)
