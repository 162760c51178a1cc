"""All events of a stack, as they lie on the topics."""

import json
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from koppel.contracts.topics import TOPICS


@dataclass(frozen=True, slots=True)
class Told:
    """One event; `about` says where it is from."""

    topic: str
    key: str
    headers: dict[str, str]
    value: dict[str, Any]
    about: str = "as the demo published it"

    @property
    def name(self) -> str:
        """`RecordChanged.v1`."""
        return self.headers["ce_type"].removeprefix("nl.koppel.")


async def read(bootstrap_servers: str) -> list[Told]:
    """Everything from the first offset to the ends of now, oldest first."""
    places = [TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)]
    found: list[Told] = []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, enable_auto_commit=False) as consumer:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [_told(record) for record in records]
    return sorted(found, key=lambda each: (each.headers["ce_time"], each.key))


def _told(record: Any) -> Told:
    headers = {name: text.decode() for name, text in record.headers}
    return Told(record.topic, record.key.decode(), headers, json.loads(record.value))
