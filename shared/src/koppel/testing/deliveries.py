"""Events as the inbox gets them from Kafka."""

from itertools import count

from koppel.contracts.envelope import Envelope, encode
from koppel.contracts.event import Event
from koppel.kernel.ids import new_id
from koppel.platform.consumer.arrivals import Arrival, Raw, arrival
from koppel.platform.consumer.subscriptions import Subscriptions

_offsets = count()


def delivery(
    event: Event, version: int, subscriptions: Subscriptions, *, source: str = "urn:test"
) -> Arrival:
    """The event on its topic, as version `version` of its stream, at an offset of its own."""
    headers = encode(
        Envelope(
            id=str(new_id()),
            type=event.type_name(),
            source=source,
            subject=event.key,
            time=None,
            organisation_id=event.organisation_id,
            sequence=version,
        )
    )
    value = event.model_dump_json().encode()
    raw = Raw(event.topic.name, 0, next(_offsets), event.key.encode(), headers, value)
    return arrival(raw, subscriptions)
