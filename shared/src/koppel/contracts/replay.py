"""What consumers and owners of topics say about replays; nobody calls anybody (`koppel.replay-control.v1`)."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import REPLAY_CONTROL, Topic

NO_ORGANISATION = UUID(int=0)
"""Stands where a fact concerns no organisation, or more than one."""

Count = Annotated[int, Field(ge=0)]
Version = Annotated[int, Field(ge=1)]
Phase = Literal["rehearsal", "run"]
"""A rehearsal tells what a run would do and leaves no effect."""
Mode = Literal["repair", "rebuild", "snapshot"]
"""*repair* applies what is missing or parked; *rebuild* applies again what was applied; *snapshot* sends each
stream's current state."""


class GapFound(Event):
    """A consumer waits for versions of a stream that did not come; the topic's owner sends them on its lane."""

    topic: ClassVar[Topic] = REPLAY_CONTROL
    since: ClassVar[date] = date(2026, 11, 25)

    consumer: str
    stream_topic: str
    stream_key: str
    from_version: Version
    to_version: Version
    found_at: UtcDateTime

    @property
    def key(self) -> str:
        return f"{self.consumer}/{self.stream_topic}/{self.stream_key}"


class ReplayReported(Event):
    """How far a consumer is with one phase of a replay. Counts are those since the phase's first record.

    `position` of `total` records were dealt with. `applied`, `skipped`, `held` and `parked` are events, and in a
    rehearsal what would become of them; `events` are all that were counted, in `streams` streams. `moved` says why
    the rest of the replay is not applied: the consumer no longer stands where it stood in the rehearsal.
    """

    topic: ClassVar[Topic] = REPLAY_CONTROL
    since: ClassVar[date] = date(2026, 11, 25)

    replay_id: UUID
    consumer: str
    phase: Phase
    position: Count
    total: Count
    applied: Count
    skipped: Count
    held: Count
    parked: Count
    streams: Count
    events: Count
    moved: str | None = None
    reported_at: UtcDateTime

    @property
    def key(self) -> str:
        return str(self.replay_id)
