"""Lanes: the topics on which consumers get replayed events, one a consumer, read by that consumer alone.

A record of a lane is the event as it was published (key, value, `ce_` headers), with `ce_replayid` and one plain
Kafka header, `koppel-lane`, that says where in the replay it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from koppel.contracts.envelope import MalformedEvent
from koppel.contracts.replay import Mode, Phase
from koppel.contracts.topics import EVERY_SERVICE, SERVICES, Topic

LANE_HEADER = "koppel-lane"
_PREFIX = "koppel.replay."
_RETENTION_MS = 3 * 24 * 3600 * 1000
_MOST = 2**63 - 1

Number = Annotated[int, Field(ge=1, le=_MOST)]
TopicName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
"""What Kafka allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneMark:
    """Where a record of a lane stands.

    `position` counts the records of one replay and phase on one lane, 1 to `total` without a gap. A stream's
    records are contiguous (its *section*), versions rising: `first` and `last` mark the section's ends, `upto` is
    its highest version. `parked_only`: the section is meant for a stream of which an event is parked. `cut`: a rebuild
    was cancelled here, short of `upto`; a replay of its own brings the rest. `whole`: the section holds every version
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


_MARK = TypeAdapter(LaneMark)


def lane_topic(consumer: str) -> str:
    """The name of a consumer's lane."""
    return f"{_PREFIX}{consumer}"


def is_lane(topic: str) -> bool:
    return topic.startswith(_PREFIX)


def lane(consumer: str) -> Topic:
    """A lane as a topic: one partition, since its order is the replay's; kept for three days."""
    return Topic(name=lane_topic(consumer), owner=EVERY_SERVICE, partitions=1, retention_ms=_RETENTION_MS)


def lanes() -> tuple[Topic, ...]:
    """The lanes of our services. Those of other subscribers are made when something is first sent to them."""
    return tuple(lane(service) for service in SERVICES)


def encode_mark(mark: LaneMark) -> tuple[str, bytes]:
    """The Kafka header of a mark, compact JSON."""
    return (LANE_HEADER, _MARK.dump_json(mark))


def decode_mark(headers: Iterable[tuple[str, bytes | None]]) -> LaneMark:
    """Read the mark back. Raises `MalformedEvent`; unknown members are ignored."""
    value = next((value for name, value in headers if name == LANE_HEADER), None)
    if value is None:
        raise MalformedEvent("lane_mark_missing", f"The record has no {LANE_HEADER} header.")
    try:
        mark = _MARK.validate_json(value, strict=True)
    except ValidationError as error:
        places = ", ".join(
            f"{'.'.join(map(str, item['loc'])) or 'mark'}: {item['type']}"
            for item in error.errors(include_input=False)[:5]
        )
        raise MalformedEvent(
            "lane_mark_invalid", f"The {LANE_HEADER} header does not hold ({places})."
        ) from None
    if mark.position > mark.total or is_lane(mark.topic):
        raise MalformedEvent(
            "lane_mark_invalid", "The position lies beyond the total, or the topic is a lane."
        )
    return mark
