"""Every topic, its owner and what its events carry."""

from dataclasses import dataclass
from enum import StrEnum

EVERY_SERVICE = "koppel"
"""The owner of a topic on which all services speak."""


class Carries(StrEnum):
    """What one event of a topic means to a consumer that missed the one before it."""

    STEPS = "steps"
    """Every event counts: a gap is held until the missing one comes."""
    STATE = "state"
    """Each event is the whole current state: a newer version supersedes, a gap is counted and passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A Kafka topic; `owner` is the service whose log may be asked for missing events, or `EVERY_SERVICE`.

    `open_to_others`: services besides the owner publish too. Only the owner's `ce_sequence` counts there, since
    nobody else knows the stream's head; others' events are deduplicated by source and id. A topic of every
    service has no owner in that sense: no publisher's `ce_sequence` counts there.
    """

    name: str
    owner: str
    partitions: int
    carries: Carries = Carries.STEPS
    compacted: bool = False
    open_to_others: bool = False
    retention_ms: int | None = 14 * 24 * 3600 * 1000


CONNECTION = Topic(name="koppel.connection.v1", owner="connection-svc", partitions=6)
ADMINISTRATION = Topic(name="koppel.administration.v1", owner="import-svc", partitions=6)
ASSIGNMENT = Topic(name="koppel.assignment.v1", owner="assignment-svc", partitions=6)
SYNC_REQUEST = Topic(name="koppel.sync-request.v1", owner="sync-svc", partitions=6, open_to_others=True)
SYNC = Topic(name="koppel.sync.v1", owner="sync-svc", partitions=6)
RECORD = Topic(
    name="koppel.record.v1",
    owner="sync-svc",
    partitions=6,
    carries=Carries.STATE,
    compacted=True,
    retention_ms=None,
)
SYNC_PAUSE = Topic(name="koppel.sync-pause.v1", owner="sync-svc", partitions=6)
REPLAY_CONTROL = Topic(
    name="koppel.replay-control.v1", owner=EVERY_SERVICE, partitions=6, open_to_others=True
)

TOPICS: tuple[Topic, ...] = (
    CONNECTION,
    ADMINISTRATION,
    ASSIGNMENT,
    SYNC_REQUEST,
    SYNC,
    RECORD,
    SYNC_PAUSE,
    REPLAY_CONTROL,
)
SERVICES: tuple[str, ...] = tuple(sorted({topic.owner for topic in TOPICS} - {EVERY_SERVICE}))
BY_NAME: dict[str, Topic] = {topic.name: topic for topic in TOPICS}
