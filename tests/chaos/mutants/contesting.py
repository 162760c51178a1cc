"""Seeded bugs about events that contradict their stream or come from where they must not."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import mutant

from koppel.platform.consumer import decode
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.parked import locked
from koppel.platform.consumer.positions import Positions


@mutant("second event of a version is told and holds nobody", "conflict not told")
def the_events_of_a_version_are_not_compared() -> Iterator[None]:
    with patch.object(DecodedRecord, "may_be", lambda *_: True):
        yield


@mutant("second event of a version is told and holds nobody", "conflict not told")
def the_position_forgets_its_event() -> Iterator[None]:
    with patch.object(Positions, "event", lambda *_: None):
        yield


@mutant("second event of a version is told and holds nobody", "conflict holds its stream")
def a_conflict_is_waited_for() -> Iterator[None]:
    set_aside = Positions.set_aside

    def park(self: Any, stream: Any, where: set[Any]) -> None:
        set_aside(self, stream, where)
        if where is self.apart:
            self.park(stream, 0)

    with patch.object(Positions, "set_aside", park):
        yield


@mutant("another source moves no position of a closed topic", "source believed")
def every_source_is_believed() -> Iterator[None]:
    publishers = decode._publishers

    def open_to_all(topic: str) -> Any:
        return publishers(topic)._replace(numbered_by=None, closed=False)

    with patch.object(decode, "_publishers", open_to_all):
        yield


@mutant("event that waits for a given up version is applied", "followers lost")
def a_given_up_version_always_counts() -> Iterator[None]:
    async def nobody(*_: object) -> None:
        return None

    with patch.object(locked, "_rival", nobody):
        yield
