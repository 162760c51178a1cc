"""Seeded bugs of rebuilds."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import mutant

from koppel.contracts.event import Event
from koppel.contracts.sync import SyncRequested
from koppel.platform.consumer.positions import Positions
from koppel.platform.consumer.processor import Work
from koppel.platform.replay.target.segment import Segments


@mutant("rebuild of a whole log removes what no event tells", "rebuild left a table wrecked")
def rebuild_forgets_nothing() -> Iterator[None]:
    async def never(*_: object) -> None:
        return

    with patch.object(Work, "forget", never):
        yield


@mutant("rebuild of a log that begins later deletes nothing", "rebuild deleted what it cannot fill")
def rebuild_forgets_with_an_incomplete_log() -> Iterator[None]:
    begin = Segments._begin

    async def and_forget(self: Any, segment: Any, item: Any, mark: Any) -> None:
        await begin(self, segment, item, mark)
        if mark.mode == "rebuild":
            await self.work.forget(segment.stream)

    with patch.object(Segments, "_begin", and_forget):
        yield


@mutant("rebuild says and asks nothing twice", "command given twice")
def rebuild_repeats_a_command() -> Iterator[None]:
    """A request is a new one by its id, so it never says the same as the one before."""
    with patch.object(SyncRequested, "command", False):
        yield


@mutant("rebuild says and asks nothing twice", "fact told twice")
def rebuild_tells_what_was_told() -> Iterator[None]:
    with patch.object(Event, "says_the_same", lambda *_: False):
        yield


@mutant("rebuild says and asks nothing twice", "command given twice", "fact told twice")
def rebuilt_events_pass_for_new_ones() -> Iterator[None]:
    with patch.object(Positions, "again", lambda *_: False):
        yield


@mutant("rebuild whose records are lost does not pass for done", "rebuild passed for done")
def rebuild_whose_records_are_lost_goes_on() -> Iterator[None]:
    with patch.object(Segments, "break_off", Segments.close):
        yield
