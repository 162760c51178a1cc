"""What Kafka holds of a service's own events."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from koppel.contracts.envelope import MalformedEvent, decode, source_of
from koppel.contracts.topics import TOPICS
from koppel.platform.aiokafka_internals import read_any_header_name
from koppel.platform.kafka.access import Kafka, client_options

_TAIL = 100
_READ_MS = 1_000
_UNKNOWN = """
select published.ordinal::int from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[])
    with ordinality as published (topic, key, version, event_id, ordinal)
where not exists (select 1 from event_log log where log.topic = published.topic and log.key = published.key
                  and log.version = published.version and log.event_id = published.event_id)
order by published.ordinal
"""


@dataclass(frozen=True, slots=True)
class Published:
    """One of the service's own events on its topic; `at` is when it occurred, epoch seconds."""

    event_id: UUID
    topic: str
    key: str
    version: int
    type: str
    at: float


@asynccontextmanager
async def reading(kafka: Kafka) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group. Raises KafkaError while the broker is away."""
    read_any_header_name()
    consumer = AIOKafkaConsumer(**client_options(kafka), group_id=None, enable_auto_commit=False)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def tails(kafka: Kafka, service: str) -> list[Published]:
    """The service's events among the last hundred records of each partition it may write to."""
    if not (partitions := await _partitions(kafka, service)):
        return []
    async with reading(kafka) as consumer:
        starts, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        return await _read(consumer, service, {p: max(starts[p], ends[p] - _TAIL) for p in partitions}, ends)


async def since(kafka: Kafka, service: str, moment: datetime | None) -> list[Published]:
    """The service's events from `moment` on; all of them for None."""
    if not (partitions := await _partitions(kafka, service)):
        return []
    async with reading(kafka) as consumer:
        first, ends = await offsets_at(consumer, partitions, moment), await consumer.end_offsets(partitions)
        return await _read(consumer, service, {p: first.get(p, ends[p]) for p in partitions}, ends)


async def offsets_at(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], moment: datetime | None
) -> dict[TopicPartition, int]:
    """Each partition's offset at `moment`; partitions without later records are left out."""
    if moment is None:
        return dict(await consumer.beginning_offsets(partitions))
    at = int(moment.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, at))
    return {partition: place.offset for partition, place in found.items() if place is not None}


async def unknown(
    connection: "asyncpg.Connection[asyncpg.Record]", published: Sequence[Published]
) -> list[Published]:
    """Those that the log does not hold under the same stream, version and id."""
    columns = [(each.topic, each.key, each.version, each.event_id) for each in published]
    rows = await connection.fetch(_UNKNOWN, *([list(c) for c in zip(*columns, strict=True)] or [[]] * 4))
    return [published[row["ordinal"] - 1] for row in rows]


async def _partitions(kafka: Kafka, service: str) -> list[TopicPartition]:
    wanted = {topic.name for topic in TOPICS if topic.owner == service or topic.open_to_others}
    admin = AIOKafkaAdminClient(**client_options(kafka))
    try:
        await admin.start()
        there = wanted & set(await admin.list_topics())
        described = await admin.describe_topics(sorted(there)) if there else []
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], each["partition"])
        for topic in described
        for each in topic["partitions"]
    ]


async def _read(
    consumer: AIOKafkaConsumer,
    service: str,
    starts: dict[TopicPartition, int],
    ends: dict[TopicPartition, int],
) -> list[Published]:
    left = {partition for partition, start in starts.items() if start < ends[partition]}
    consumer.assign(list(left))
    for partition in left:
        consumer.seek(partition, starts[partition])
    found: list[Published] = []
    while left:
        for records in (await consumer.getmany(*left, timeout_ms=_READ_MS)).values():
            found += _own(records, source_of(service))
        for partition in list(left):
            if await consumer.position(partition) >= ends[partition]:
                left.discard(partition)
    return found


def _own(records: Iterable[ConsumerRecord], source: str) -> list[Published]:
    return [published for record in records if (published := _ours(record, source)) is not None]


def _ours(record: ConsumerRecord, source: str) -> Published | None:
    """None for what the service's relay cannot have written, whatever name it bears.

    Records made by hand must not stop a service; a relay's has all of these headers, and no NUL.
    """
    try:
        envelope = decode(record.headers)
        event_id, key = UUID(envelope.id), (record.key or b"").decode()
    except (MalformedEvent, ValueError):
        return None
    complete = envelope.subject == key and envelope.correlation_id is not None and envelope.time is not None
    if envelope.source != source or not complete or "\x00" in key + envelope.type:
        return None
    if envelope.sequence is None or envelope.replay_id is not None:
        return None
    return Published(event_id, record.topic, key, envelope.sequence, envelope.type, record.timestamp / 1000)
