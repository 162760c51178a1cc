"""Messages between consumers and topic owners about replays, instead of calls (`koppel.replay-control.v1`)."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import REPLAY_CONTROL, Topic
from koppel.contracts.values import Value

NO_ORGANISATION = UUID(int=0)
"""Stands where a fact concerns no organisation, or more than one."""

Count = Annotated[int, Field(ge=0)]
Version = Annotated[int, Field(ge=1)]
Phase = Literal["rehearsal", "run"]
"""`rehearsal`, the dry run, tells what a run would do and leaves no effect."""
Mode = Literal["repair", "rebuild", "snapshot"]
"""*repair* applies what is missing or parked; *rebuild* applies again what was applied; *snapshot* sends each
stream's current state."""


class GapFound(Event):
    """A consumer waits for versions of a stream that did not come; the topic's owner sends them on its replay topic."""

    topic: ClassVar[Topic] = REPLAY_CONTROL
    since: ClassVar[date] = date(2026, 11, 25)

    consumer: str = Field(
        description="Who waits: its Kafka group, which also names the topic for what is missing."
    )
    stream_topic: str = Field(description="The topic of the stream.")
    stream_key: str = Field(description="The key of the stream.")
    from_version: Version = Field(description="The first version that is missing.")
    to_version: Version = Field(description="The last version that is missing.")
    found_at: UtcDateTime = Field(description="When it was found.")

    @property
    def key(self) -> str:
        return f"{self.consumer}/{self.stream_topic}/{self.stream_key}"


class TableChanges(Value):
    """What a replay changes in one table of the consumer, in rows."""

    table: str = Field(description="The table, in the consumer's own schema.")
    inserted: Count = Field(description="Rows that are inserted.")
    updated: Count = Field(description="Rows that are updated, a row as often as it is.")
    deleted: Count = Field(description="Rows that are deleted.")


class AppendedEvents(Value):
    """Events of one type that the consumer appends to its own log on account of a replay."""

    type: str = Field(description="The type, as in `ce_type`.")
    events: Count = Field(description="How many.")


class ReplayReported(Event):
    """How far a consumer is with one phase of a replay. Counts are those since the phase's first record.

    `position` of `total` records were dealt with. `applied`, `skipped`, `held` and `parked` are events, and in a
    dry run what would become of them; `events` are all that were counted, in `streams` streams; `changes` and `appends` are
    what they do to the consumer's tables and log. `moved` says why
    the rest of the replay is not applied: the consumer no longer stands where it stood in the dry run.
    """

    topic: ClassVar[Topic] = REPLAY_CONTROL
    since: ClassVar[date] = date(2026, 11, 25)

    replay_id: UUID = Field(description="The replay.")
    consumer: str = Field(description="Who reports: its Kafka group.")
    phase: Phase = Field(
        description="`rehearsal`, the dry run, tells what a run would do and leaves no effect; `run` does it."
    )
    position: Count = Field(description="How many records of the phase were dealt with.")
    total: Count = Field(description="How many records the phase has.")
    applied: Count = Field(description="Events that were applied.")
    skipped: Count = Field(description="Events that had been applied before.")
    held: Count = Field(description="Events that wait for an earlier one of their stream.")
    parked: Count = Field(description="Events that could not be applied and wait for an operator.")
    streams: Count = Field(description="Streams that the counted events belong to.")
    events: Count = Field(description="All events that were counted.")
    changes: tuple[TableChanges, ...] | None = Field(
        default=None,
        description="Rows of the consumer's own tables that the counted events change, by table; tables that stay as they are are"
        " left out. Null: not counted, by an older consumer.",
    )
    appends: tuple[AppendedEvents, ...] | None = Field(
        default=None,
        description="Events that the consumer appends on account of the counted ones, by type. Null: not counted.",
    )
    estimated: bool | None = Field(
        default=None,
        description="Whether some handlers were not run in the dry run, because their segment is longer than one transaction:"
        " then `changes` and `appends` are those of the others. Null: not known.",
    )
    moved: str | None = Field(
        default=None,
        description="Why the rest of the replay is not applied: the consumer no longer stands where it stood in the dry run."
        " Null while it does.",
    )
    reported_at: UtcDateTime = Field(description="When it was reported.")

    @property
    def key(self) -> str:
        return str(self.replay_id)
