"""When to try again."""

import random
from datetime import timedelta
from unittest.mock import Mock

import pytest

from koppel.kernel.retry import RetryPolicy

STEADY = RetryPolicy(jitter=0)


def drawing(number: float) -> random.Random:
    """Chance that always draws the same, from 0 up to 1."""
    chance: random.Random = Mock(spec=random.Random, random=Mock(return_value=number))
    return chance


def test_the_wait_begins_with_a_second_and_doubles_up_to_five_minutes() -> None:
    waits = [STEADY.delay(attempt).total_seconds() for attempt in range(1, 12)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_the_wait_before_any_failure_is_the_first() -> None:
    assert STEADY.delay(0) == STEADY.delay(1)


def test_a_factor_of_ones_own_counts() -> None:
    policy = RetryPolicy(first=timedelta(seconds=2), factor=3, jitter=0)
    assert [policy.delay(attempt).total_seconds() for attempt in (1, 2, 3)] == [2, 6, 18]


@pytest.mark.parametrize(("drawn", "seconds"), [(0.0, 8), (0.25, 9), (0.5, 10), (0.75, 11), (1.0, 12)])
def test_a_wait_is_spread_by_a_fifth_to_both_sides(drawn: float, seconds: float) -> None:
    policy = RetryPolicy(first=timedelta(seconds=10))
    assert policy.delay(1, chance=drawing(drawn)) == timedelta(seconds=seconds)


def test_waits_of_many_differ_without_anybody_giving_the_chance() -> None:
    waits = {RetryPolicy().delay(1) for _ in range(20)}
    assert len(waits) > 1
    assert all(timedelta(seconds=0.8) <= wait <= timedelta(seconds=1.2) for wait in waits)


def test_what_the_other_side_asked_for_is_waited_for_whatever_is_drawn() -> None:
    policy = RetryPolicy(first=timedelta(seconds=10))
    assert policy.delay(1, at_least=60, chance=drawing(0.0)) == timedelta(seconds=60)
    assert policy.delay(1, at_least=9, chance=drawing(1.0)) == timedelta(seconds=12)


def test_a_wait_may_be_shorter_than_a_second() -> None:
    assert RetryPolicy(first=timedelta(milliseconds=50), jitter=0).delay(1) == timedelta(milliseconds=50)


def test_the_fifth_failure_is_the_last() -> None:
    assert [RetryPolicy().exhausted(attempts) for attempts in (4, 5, 6)] == [False, True, True]
