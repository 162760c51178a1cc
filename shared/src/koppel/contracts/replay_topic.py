"""Replay topics: the topics on which consumers get replayed events, one a consumer, read by that consumer alone.

A record of a replay topic is the event as it was published (key, value, `ce_` headers), with `ce_replayid` and one plain
Kafka header, `koppel-lane`, that says where in the replay it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from koppel.contracts.envelope import MalformedEvent
from koppel.contracts.replay import Mode, Phase
from koppel.contracts.topics import EVERY_SERVICE, SERVICES, Topic

MARK_HEADER = "koppel-lane"
_PREFIX = "koppel.replay."
_RETENTION_MS = 3 * 24 * 3600 * 1000
_MOST = 2**63 - 1

Number = Annotated[int, Field(ge=1, le=_MOST)]
TopicName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
"""What Kafka allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayMark:
    """Where a record of a replay topic stands.

    `position` counts the records of one replay and phase to one consumer, 1 to `total` without a gap. A stream's
    records are contiguous (its *segment*), versions rising: `first` and `last` mark the segment's ends, `upto` is
    its highest version. `parked_only`: the segment is meant for a stream of which an event is parked. `cut`: a rebuild
    was cancelled here, short of `upto`; a replay of its own brings the rest. `whole`: the segment holds every version
    from 1 to `upto`.
    """

    topic: TopicName
    phase: Phase
    mode: Mode
    position: Number
    total: Number
    first: bool
    last: bool
    upto: Number
    parked_only: bool = False
    cut: bool = False
    whole: bool = False


_MARK = TypeAdapter(ReplayMark)


def replay_topic_name(consumer: str) -> str:
    """The name of a consumer's replay topic."""
    return f"{_PREFIX}{consumer}"


def replay_group_name(consumer: str) -> str:
    """The Kafka group in which a service of ours reads its replay topic: live events do not queue behind a replay."""
    return f"{consumer}.replay"


def is_replay_topic(topic: str) -> bool:
    return topic.startswith(_PREFIX)


def replay_topic(consumer: str) -> Topic:
    """A consumer's replay topic: one partition, since its order is the replay's; kept for three days."""
    return Topic(
        name=replay_topic_name(consumer), owner=EVERY_SERVICE, partitions=1, retention_ms=_RETENTION_MS
    )


def replay_topics() -> tuple[Topic, ...]:
    """The replay topics of our services. Those of other subscribers are made when something is first sent to them."""
    return tuple(replay_topic(service) for service in SERVICES)


def is_replay_topic_of_others(topic: str) -> bool:
    """A subscriber's: no service of ours reads it."""
    return is_replay_topic(topic) and topic not in {ours.name for ours in replay_topics()}


def encode_mark(mark: ReplayMark) -> tuple[str, bytes]:
    """The Kafka header of a mark, compact JSON."""
    return (MARK_HEADER, _MARK.dump_json(mark))


def decode_mark(headers: Iterable[tuple[str, bytes | None]]) -> ReplayMark:
    """Read the mark back. Raises `MalformedEvent`; unknown members are ignored."""
    value = next((value for name, value in headers if name == MARK_HEADER), None)
    if value is None:
        raise MalformedEvent("lane_mark_missing", f"The record has no {MARK_HEADER} header.")
    try:
        mark = _MARK.validate_json(value, strict=True)
    except ValidationError as error:
        places = ", ".join(
            f"{'.'.join(map(str, item['loc'])) or 'mark'}: {item['type']}"
            for item in error.errors(include_input=False)[:5]
        )
        raise MalformedEvent(
            "lane_mark_invalid", f"The {MARK_HEADER} header does not hold ({places})."
        ) from None
    if mark.position > mark.total or is_replay_topic(mark.topic):
        raise MalformedEvent(
            "lane_mark_invalid", "The position lies beyond the total, or the topic is a replay topic."
        )
    return mark
