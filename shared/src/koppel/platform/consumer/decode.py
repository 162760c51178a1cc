"""Decodes Kafka's bytes into records that the processor can decide on. Bad input never raises here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from koppel.contracts.envelope import Envelope, MalformedEvent, decode, source_of
from koppel.contracts.event import Event
from koppel.contracts.replay_topic import ReplayMark, is_replay_topic
from koppel.contracts.topics import BY_NAME, EVERY_SERVICE
from koppel.kernel.errors import Permanent
from koppel.platform.consumer.stored_text import digest, indexable
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscription, Subscriptions


class RawRecord(Protocol):
    """A record as the topic holds it: the fields of aiokafka's ConsumerRecord that we use."""

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
class StoredRecord:
    """A record that did not come from Kafka just now: parked and held events keep it unchanged."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    value: bytes | None

    @classmethod
    def of(cls, record: RawRecord) -> "StoredRecord":
        """The same, as a record of our own."""
        return cls(
            record.topic, record.partition, record.offset, record.key, tuple(record.headers), record.value
        )


@dataclass(slots=True)
class DecodedRecord:
    """One record, decoded as far as it goes. `fault` says why it is no event; `subscription` None means not read here.

    `mark` is set on what came by a replay topic.
    """

    raw: RawRecord
    key: str
    stream: tuple[str, str] = field(init=False)
    version: int | None = None
    """The stream's version; None for an event that its publisher could not number within the stream."""
    envelope: Envelope | None = None
    subscription: Subscription | None = None
    received: ReceivedEvent[Event] | None = None
    fault: Permanent | None = None
    mark: ReplayMark | None = None

    def __post_init__(self) -> None:
        self.stream = (self.raw.topic, self.key)

    @property
    def event(self) -> ReceivedEvent[Event]:
        """The decoded event. Call it only for records that have a subscription and no fault."""
        assert self.received is not None  # noqa: S101  (a record with a subscription and no fault was decoded)
        return self.received

    @property
    def digest(self) -> str | None:
        """Stands for its publisher's name for it. None for what has none: bytes that are no event, and the state of a
        record in a snapshot, which is the event of its version under a name of its own."""
        if self.envelope is None or (self.mark is not None and self.mark.mode == "snapshot"):
            return None
        return digest(f"{self.envelope.source} {self.envelope.id}")

    def may_be(self, event: str | None) -> bool:
        """Whether it can be the event of this digest; true where either digest is not known."""
        return event is None or (mine := self.digest) is None or mine == event


def decode_batch(records: Iterable[RawRecord], subscriptions: Subscriptions) -> list[DecodedRecord]:
    """Decode a batch, keeping its order."""
    return [decode_record(record, subscriptions) for record in records]


def decode_record(raw: RawRecord, subscriptions: Subscriptions) -> DecodedRecord:
    """Decode one record."""
    result = DecodedRecord(raw, key_of(raw))
    try:
        numbered_by, closed = _publishers(raw.topic)
        if not raw.key:
            raise MalformedEvent("key_missing", "The record has no key, so its stream is unknown.")
        envelope = result.envelope = decode(raw.headers)
        if numbered_by is None or numbered_by == envelope.source:
            result.version = envelope.sequence
        elif closed:
            raise SourceRefused
        subscription = result.subscription = subscriptions.find(envelope.type)
        if subscription is not None:
            result.received = ReceivedEvent(_read(subscription, raw.value), envelope)
    except SourceRefused as fault:
        result.fault = fault
    except MalformedEvent as fault:
        result.fault = SourceRefused() if _names_another_source(raw) else fault
    return result


class SourceRefused(Permanent):
    """Only its owner may publish on a closed topic. Another's record has no valid version, and no event waits behind it."""

    def __init__(self) -> None:
        super().__init__("source_refused", "ce_source names somebody else than the topic's owner.")


class _Publishers(NamedTuple):
    """`numbered_by` is the one source whose versions count ('' for nobody, None for all); `closed` refuses all others."""

    numbered_by: str | None
    closed: bool


@lru_cache(maxsize=256)
def _publishers(topic: str) -> _Publishers:
    """Raises `MalformedEvent` where the topic is not one of events."""
    if is_replay_topic(topic):
        detail = "A record of a replay topic that could not be read; replay its event again."
        raise MalformedEvent("lane_record_unusable", detail)
    known = BY_NAME.get(topic)
    if known is None:
        return _Publishers(None, closed=False)
    owner = "" if known.owner == EVERY_SERVICE else source_of(known.owner)
    return _Publishers(owner, closed=not known.open_to_others)


def _names_another_source(raw: RawRecord) -> bool:
    """Checked before the content: a record of a wrong publisher is refused for that, whatever else is wrong with it."""
    known = BY_NAME.get(raw.topic)
    source = dict(raw.headers).get("ce_source")
    if known is None or known.open_to_others or not source:
        return False
    return source != source_of(known.owner).encode()


def key_of(raw: RawRecord) -> str:
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
