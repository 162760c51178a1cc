"""What is tried until it works must be able to fail for days."""

from datetime import timedelta

from koppel.kernel.retry import RetryPolicy


def test_the_millionth_delay_is_still_the_longest() -> None:
    policy = RetryPolicy(first=timedelta(milliseconds=1), longest=timedelta(seconds=2), jitter=0)
    assert policy.delay(1_000_000) == timedelta(seconds=2)
