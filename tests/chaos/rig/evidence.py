"""What a run left behind: the history of its writers, the log, two readings of each topic, the effects."""

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What a writer learnt of its operation. UNKNOWN: the answer was lost, so it may have happened."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Logged:
    """A committed row of the event log."""

    event_id: str
    topic: str
    key: str
    version: int
    op: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as a reader without a group saw it."""

    topic: str
    partition: int
    offset: int
    key: str
    version: int | None
    event_id: str


@dataclass(frozen=True, slots=True)
class Effect:
    """One row that a handler wrote, in the order of writing."""

    consumer: str
    topic: str
    key: str
    version: int | None
    event_id: str


@dataclass(frozen=True, slots=True)
class Committed:
    """A group's offset of one partition, read before `finished`: ids dealt with (applied, parked or held)."""

    consumer: str
    topic: str
    partition: int
    offset: int
    finished: frozenset[str]


@dataclass(slots=True)
class Evidence:
    """`consumers` names which consumer reads which topics; `waiting` counts what did not drain, by name."""

    history: dict[str, Outcome] = field(default_factory=dict)
    log: list[Logged] = field(default_factory=list)
    readings: list[list[Seen]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    consumers: dict[str, frozenset[str]] = field(default_factory=dict)
    committed: list[Committed] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
