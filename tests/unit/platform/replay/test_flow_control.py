"""How much a sender may have on a replay topic: little at first, then as much as the target is seen to deal with."""

import pytest

from koppel.platform.replay.sender.flow_control import FlowControl


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("koppel.platform.replay.sender.flow_control.time.monotonic", made.monotonic)
    return made


def test_a_target_that_says_nothing_gets_no_more_than_the_first(clock: Clock) -> None:
    ahead = FlowControl()
    assert ahead.room(0, 0) == 500
    clock.now += 60
    assert (ahead.room(400, 0), ahead.room(500, 0), ahead.room(700, 0)) == (100, 0, 0)


def test_a_fast_target_gets_more(clock: Clock) -> None:
    ahead, dealt_with = FlowControl(), 0
    for _ in range(20):
        dealt_with += 1_000
        clock.now += 0.25
        ahead.room(dealt_with, dealt_with)
    assert 5_500 <= ahead.room(dealt_with, dealt_with) <= 7_000  # of 4,000 a second


def test_a_target_that_becomes_slow_gets_less(clock: Clock) -> None:
    ahead = FlowControl()
    for seconds in range(1, 5):
        clock.now += 1
        ahead.room(seconds * 4_000, seconds * 4_000)
    clock.now += 30
    assert ahead.room(16_000, 16_000) == 500


def test_one_that_goes_on_where_another_process_stopped_counts_only_what_it_saw(clock: Clock) -> None:
    assert FlowControl().room(90_100, 90_000) == 400
