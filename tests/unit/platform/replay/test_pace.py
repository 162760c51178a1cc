"""The rate of a replay, on a clock that only sleeping moves."""

import pytest

from koppel.platform.replay.sender import sending


class Clock:
    """Time that passes by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("koppel.platform.replay.sender.sending.time.monotonic", made.monotonic)
    monkeypatch.setattr("koppel.platform.replay.sender.sending.asyncio.sleep", made.sleep)
    return made


@pytest.mark.parametrize("rate", [1, 7, 100, 1_000, 10_000])
async def test_the_rate_is_kept_within_a_tenth(clock: Clock, rate: int) -> None:
    pace, sent, began = sending.Pace(rate), 0, clock.now
    while sent < rate * 10:
        await pace.wait(0)
        await pace.wait(pace.chunk)
        clock.now += 0.01  # sending takes time too
        sent += pace.chunk
    assert abs((clock.now - began) / 10 - 1) <= 0.1


@pytest.mark.parametrize("rate", [1, 50, 10_000])
async def test_stopping_never_waits_for_longer_than_a_chunk(clock: Clock, rate: int) -> None:
    pace = sending.Pace(rate)
    await pace.wait(pace.chunk)
    began = clock.now
    await pace.wait(0)
    assert clock.now - began <= max(0.11, 1 / rate)


async def test_a_long_pause_is_not_made_up_for_by_a_burst(clock: Clock) -> None:
    pace = sending.Pace(1_000)
    await pace.wait(pace.chunk)
    clock.now += 60
    began, sent = clock.now, 0
    while clock.now == began:
        await pace.wait(pace.chunk)
        sent += pace.chunk
    assert sent <= 400


async def test_a_dry_run_is_not_slowed_down(clock: Clock) -> None:
    pace, began = sending.Pace(None), clock.now
    for _ in range(100):
        await pace.wait(pace.chunk)
    assert clock.now == began
