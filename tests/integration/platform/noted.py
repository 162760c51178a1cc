"""An event on a topic that no other test has: its partitions are as many as asked, and nothing old lies on it."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from aiokafka import AIOKafkaProducer

from koppel.contracts.envelope import Envelope, encode
from koppel.contracts.event import Event
from koppel.contracts.topics import Topic
from koppel.kernel.ids import new_id
from koppel_local.kafka.topics import create_missing

OWNER = "import-svc"
ORGANISATION = new_id()


class Noted(Event):
    """A name in a stream."""

    topic: ClassVar[Topic]

    stream: str
    name: str

    @property
    def key(self) -> str:
        return self.stream


def noted_on(topic: str, *, partitions: int = 3) -> type[Noted]:
    """The event as it is published on this topic."""
    found: type[Noted] = type(
        "Noted", (Noted,), {"topic": Topic(name=topic, owner=OWNER, partitions=partitions)}
    )
    return found


async def own_topic(kafka: str, *, partitions: int = 3) -> type[Noted]:
    """Create a topic and return the event that travels on it."""
    event = noted_on(f"noted.{new_id()}", partitions=partitions)
    await create_missing(kafka, [event.topic])
    return event


def record(event: Noted, version: int | None, **changed: Any) -> dict[str, Any]:
    """What `AIOKafkaProducer.send` takes; `changed` are fields of the envelope."""
    fields: dict[str, Any] = {
        "id": str(new_id()),
        "type": event.type_name(),
        "source": f"urn:koppel:{OWNER}",
        "subject": event.key,
        "time": datetime(2026, 1, 1, tzinfo=UTC),
        "organisation_id": event.organisation_id,
        "sequence": version,
    }
    return {
        "topic": event.topic.name,
        "value": event.model_dump_json().encode(),
        "key": event.key.encode(),
        "headers": encode(Envelope(**fields | changed)),
    }


async def send(kafka: str, *records: dict[str, Any]) -> None:
    """In this order."""
    async with AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True) as producer:
        for each in records:
            await producer.send(**each)
        await producer.flush()
