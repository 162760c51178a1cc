"""Events as the processor gets them from Kafka."""

from itertools import count
from uuid import NAMESPACE_OID, uuid5

from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.event import Event
from koppel.kernel.ids import new_id
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord, decode_record
from koppel.platform.consumer.subscriptions import Subscriptions

_offsets = count()


def event_id_of(event: Event, version: int) -> str:
    """The same for a version of a stream, however often it is delivered; new where versions do not count."""
    if event.topic.open_to_others:
        return str(new_id())
    return str(uuid5(NAMESPACE_OID, f"{event.topic.name}/{event.key}/{version}"))


def delivery(
    event: Event,
    version: int,
    subscriptions: Subscriptions,
    *,
    event_id: str | None = None,
    source: str | None = None,
) -> DecodedRecord:
    """The event on its topic, as version `version` of its stream, at an offset of its own.

    It comes from the topic's owner, and a version comes again under the same id, unless told otherwise.
    """
    headers = encode(
        Envelope(
            id=event_id or event_id_of(event, version),
            type=event.type_name(),
            source=source or source_of(event.topic.owner),
            subject=event.key,
            time=None,
            organisation_id=event.organisation_id,
            sequence=version,
        )
    )
    value = event.model_dump_json().encode()
    raw = StoredRecord(event.topic.name, 0, next(_offsets), event.key.encode(), headers, value)
    return decode_record(raw, subscriptions)
