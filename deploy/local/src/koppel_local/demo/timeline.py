"""What happened to one administration, event by event, read from the topics as any subscriber may."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from koppel.contracts.envelope import Envelope, decode
from koppel.contracts.topics import TOPICS
from koppel.platform.kafka.access import Kafka, client_options
from koppel_local.demo.failure import Unexpected

_POLL_MS = 100
_MARGIN_MS = 5_000
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as the topic holds it."""

    topic: str
    key: str
    envelope: Envelope
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """`AdministrationImported`, without prefix and version."""
        return self.envelope.type.split(".")[-2]

    @property
    def at(self) -> datetime:
        if self.envelope.time is None:
            raise Unexpected("a time on every event", f"none on {self.envelope.id}")
        return self.envelope.time

    @property
    def version(self) -> int:
        if self.envelope.sequence is None:
            raise Unexpected("a version on every event", f"none on {self.envelope.id}")
        return self.envelope.sequence


def read_events(
    kafka: Kafka,
    organisation_id: UUID,
    *,
    since: float,
    complete: Callable[[Sequence[Seen]], bool],
    within: float,
) -> list[Seen]:
    """The organisation's events since a time (epoch seconds), oldest first, once `complete` says so of them.

    Raises `Unexpected` when that takes longer than `within` seconds.
    """
    return asyncio.run(_read(kafka, organisation_id, since, complete, within))


async def _read(
    kafka: Kafka,
    organisation_id: UUID,
    since: float,
    complete: Callable[[Sequence[Seen]], bool],
    within: float,
) -> list[Seen]:
    consumer = AIOKafkaConsumer(**client_options(kafka), enable_auto_commit=False)
    seen: list[Seen] = []
    deadline = time.monotonic() + within
    try:
        await consumer.start()
        await _go_to(consumer, since)
        while not complete(seen):
            if time.monotonic() > deadline:
                raise Unexpected(f"all events on the topics within {within:.0f} s", f"{len(seen)} events")
            seen += await _poll(consumer, organisation_id)
    except KafkaError as error:
        raise Unexpected("an answer from the broker", f"{type(error).__name__}: {error}") from error
    finally:
        await consumer.stop()
    return sorted(seen, key=lambda event: (event.at, TOPIC_ORDER[event.topic], event.key, event.version))


TOPIC_ORDER = {topic.name: place for place, topic in enumerate(TOPICS)}
"""Of events at the same instant (one transaction) the cause's topic comes first."""


async def _go_to(consumer: AIOKafkaConsumer, since: float) -> None:
    partitions = [
        TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)
    ]
    consumer.assign(partitions)
    times = dict.fromkeys(partitions, int(since * 1000) - _MARGIN_MS)
    for partition, found in (await consumer.offsets_for_times(times)).items():
        if found is None:
            await consumer.seek_to_end(partition)
        else:
            consumer.seek(partition, found.offset)


async def _poll(consumer: AIOKafkaConsumer, organisation_id: UUID) -> list[Seen]:
    batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_BATCH)
    found = []
    for records in batches.values():
        for record in records:
            envelope = decode(record.headers)
            if envelope.organisation_id == organisation_id:
                key = (record.key or b"").decode()
                found.append(Seen(record.topic, key, envelope, json.loads(record.value)))
    return found
