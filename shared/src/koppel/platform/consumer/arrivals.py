"""From Kafka's bytes to something the inbox can decide on. Nothing here raises on bad input."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from pydantic import ValidationError

from koppel.contracts.envelope import Envelope, MalformedEvent, decode, source_of
from koppel.contracts.event import Event
from koppel.contracts.lane import LaneMark, is_lane
from koppel.contracts.topics import BY_NAME, EVERY_SERVICE
from koppel.kernel.errors import Permanent
from koppel.platform.consumer.names import indexable
from koppel.platform.consumer.subscriptions import Received, Subscription, Subscriptions


class KafkaRecord(Protocol):
    """A record as it lies on the topic: the fields of aiokafka's ConsumerRecord that we use."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


@dataclass(frozen=True, slots=True)
class Raw:
    """A record that did not come from Kafka just now: parked and held events keep it unchanged."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    value: bytes | None

    @classmethod
    def of(cls, record: KafkaRecord) -> "Raw":
        """The same, as a record of our own."""
        return cls(
            record.topic, record.partition, record.offset, record.key, tuple(record.headers), record.value
        )


@dataclass(slots=True)
class Arrival:
    """One record, decoded as far as it goes. `fault` says why it is no event; `subscription` None means not read here.

    `mark` is set on what came by a replay lane.
    """

    raw: KafkaRecord
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


def arrivals(records: Iterable[KafkaRecord], subscriptions: Subscriptions) -> list[Arrival]:
    """Decode a batch, keeping its order."""
    return [arrival(record, subscriptions) for record in records]


def arrival(raw: KafkaRecord, subscriptions: Subscriptions) -> Arrival:
    """Decode one record."""
    result = Arrival(raw, key_of(raw))
    try:
        numbered_by = _numbered_by(raw.topic)
        if not raw.key:
            raise MalformedEvent("key_missing", "The record has no key, so its stream is unknown.")
        envelope = result.envelope = decode(raw.headers)
        if numbered_by is None or numbered_by == envelope.source:
            result.version = envelope.sequence
        subscription = result.subscription = subscriptions.find(envelope.type)
        if subscription is not None:
            result.received = Received(_read(subscription, raw.value), envelope)
    except MalformedEvent as fault:
        result.fault = fault
    return result


@lru_cache(maxsize=256)
def _numbered_by(topic: str) -> str | None:
    """The one source whose versions count on an open topic ('' for nobody); None where all do. Raises `MalformedEvent`."""
    if is_lane(topic):
        detail = "A record of a replay lane that could not be read; replay its event again."
        raise MalformedEvent("lane_record_unusable", detail)
    known = BY_NAME.get(topic)
    if known is None or not known.open_to_others:
        return None
    return "" if known.owner == EVERY_SERVICE else source_of(known.owner)


def key_of(raw: KafkaRecord) -> str:
    """A key that is no UTF-8, or of any length, must still name a stream."""
    return indexable((raw.key or b"").decode("utf-8", "backslashreplace"))


def _read(subscription: Subscription, value: bytes | None) -> Event:
    """Tolerant: unknown fields are ignored. The message names places, never values."""
    if value is None:
        raise MalformedEvent("value_missing", "The record has no value.")
    try:
        return subscription.read(value)
    except ValidationError as error:
        places = ", ".join(
            f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['type']}"
            for item in error.errors(include_input=False)[:5]
        )
        raise MalformedEvent(
            "value_invalid", f"The value does not fit {subscription.event.type_name()} ({places})."
        ) from None
