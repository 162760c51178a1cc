"""Waiting a moment for what is on the way."""

import asyncio
import time

import pytest

from koppel.kernel.arrival import Patience, await_arrival
from koppel.kernel.cause import Cause


class Arriving:
    """Is there at look number `at`; time and sleep are the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
        self.at, self.looks, self.now, self.slept = at, 0, 100.0, list[float]()
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(asyncio, "sleep", self._sleep)

    async def arrived(self) -> bool:
        self.looks += 1
        return self.looks >= self.at

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_what_is_there_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Arriving(monkeypatch, at=1)
    assert await await_arrival(world.arrived, Patience())
    assert (world.looks, world.slept) == (1, [])


async def test_what_is_on_the_way_is_looked_for_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Arriving(monkeypatch, at=3)
    assert await await_arrival(world.arrived, Patience(within=10, every=2))
    assert (world.looks, world.slept) == (3, [2, 2])


async def test_waiting_ends_when_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Arriving(monkeypatch, at=1000)
    assert await await_arrival(world.arrived, Patience(within=4, every=2)) is False
    assert (world.looks, world.slept) == (3, [2, 2])


def test_two_seconds_are_waited_by_looks_fifty_times_a_second() -> None:
    assert (Patience().within, Patience().every) == (2.0, 0.02)


def test_what_led_to_an_event_leads_to_it_for_the_first_time_unless_it_says_so() -> None:
    assert Cause() == Cause(None, None, None, again=False)
