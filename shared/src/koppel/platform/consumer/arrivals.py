"""From Kafka's bytes to something the inbox can decide on. Nothing here raises on bad input."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import ValidationError

from koppel.contracts.envelope import Envelope, MalformedEvent, decode, source_of
from koppel.contracts.event import Event
from koppel.contracts.lane import LaneMark, is_lane
from koppel.contracts.topics import BY_NAME, EVERY_SERVICE, Topic
from koppel.kernel.errors import Permanent
from koppel.platform.consumer.subscriptions import Received, Subscription, Subscriptions


class KafkaRecord(Protocol):
    """The fields of aiokafka's ConsumerRecord that we use."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Raw:
    """The record as it lay on the topic; parked and held events keep it unchanged."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    value: bytes | None


@dataclass(slots=True)
class Arrival:
    """One record, decoded as far as it goes. `fault` says why it is no event; `subscription` None means not read here.

    `mark` is set on what came by a replay lane.
    """

    raw: Raw
    key: str
    stream: tuple[str, str] = field(init=False)
    version: int | None = None
    """The stream's version; None for an event that its publisher could not number within the stream."""
    envelope: Envelope | None = None
    subscription: Subscription | None = None
    received: Received[Event] | None = None
    fault: Permanent | None = None
    mark: LaneMark | None = None

    def __post_init__(self) -> None:
        self.stream = (self.raw.topic, self.key)

    @property
    def event(self) -> Received[Event]:
        """The decoded event; only for arrivals that somebody here reads."""
        assert self.received is not None  # noqa: S101  (whoever has a subscription and no fault was read)
        return self.received


def _version(raw: Raw, envelope: Envelope) -> int | None:
    topic = BY_NAME.get(raw.topic)
    if topic is not None and topic.open_to_others and not _is_owner(envelope.source, topic):
        return None
    return envelope.sequence


def _is_owner(source: str, topic: Topic) -> bool:
    return topic.owner != EVERY_SERVICE and source == source_of(topic.owner)


def arrivals(records: Iterable[KafkaRecord], subscriptions: Subscriptions) -> list[Arrival]:
    """Decode a batch, keeping its order."""
    return [
        arrival(Raw(r.topic, r.partition, r.offset, r.key, tuple(r.headers), r.value), subscriptions)
        for r in records
    ]


def arrival(raw: Raw, subscriptions: Subscriptions) -> Arrival:
    """Decode one record."""
    result = Arrival(raw, key=key_of(raw))
    try:
        if is_lane(raw.topic):
            detail = "A record of a replay lane that could not be read; replay its event again."
            raise MalformedEvent("lane_record_unusable", detail)
        if not raw.key:
            raise MalformedEvent("key_missing", "The record has no key, so its stream is unknown.")
        result.envelope = decode(raw.headers)
        result.version = _version(raw, result.envelope)
        result.subscription = subscriptions.find(result.envelope.type)
        if result.subscription is not None:
            result.received = Received(_read(result.subscription.event, raw.value), result.envelope)
    except MalformedEvent as fault:
        result.fault = fault
    return result


def key_of(raw: Raw) -> str:
    """PostgreSQL's text knows no NUL, and a key that is no UTF-8 must still name a stream."""
    return (raw.key or b"").decode("utf-8", "backslashreplace").replace("\x00", "\\0")


def _read(event: type[Event], value: bytes | None) -> Event:
    """Tolerant: unknown fields are ignored. The message names places, never values."""
    if value is None:
        raise MalformedEvent("value_missing", "The record has no value.")
    try:
        return event.model_validate_json(value, extra="ignore")
    except ValidationError as error:
        places = ", ".join(
            f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['type']}"
            for item in error.errors(include_input=False)[:5]
        )
        raise MalformedEvent(
            "value_invalid", f"The value does not fit {event.type_name()} ({places})."
        ) from None
