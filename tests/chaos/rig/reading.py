"""Readers without a group: what really lies on a topic, from its first offset to its end."""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from tests.chaos.rig.contract import PARTITIONS
from tests.chaos.rig.evidence import Seen

from koppel.contracts.envelope import MalformedEvent, decode


async def create_topics(bootstrap: str, *names: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await admin.close()


async def allow_bytes(bootstrap: str, topic: str, most: int) -> None:
    """The largest batch that the topic takes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        configs = {"max.message.bytes": str(most)}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs)])
    finally:
        await admin.close()


async def read_everything(bootstrap: str, topics: Sequence[str]) -> list[Seen]:
    """All records, in the order of their partitions; what is no event has the id `malformed`."""
    consumer = AIOKafkaConsumer(
        *topics, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        seen: list[Seen] = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                seen.extend(_seen(record) for record in batch)
        return seen
    finally:
        await consumer.stop()


async def committed_offsets(bootstrap: str, group: str) -> dict[TopicPartition, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
        return {place: meta.offset for place, meta in offsets.items() if meta.offset >= 0}
    finally:
        await admin.close()


async def members_of(bootstrap: str, group: str) -> int:
    """How many members the group has, by what the broker knows."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        responses = await admin.describe_consumer_groups([group])
        return sum(len(described[5]) for response in responses for described in response.groups)
    finally:
        await admin.close()


def _seen(record: object) -> Seen:
    topic, partition, offset = record.topic, record.partition, record.offset  # type: ignore[attr-defined]
    key = (record.key or b"").decode("utf-8", "backslashreplace")  # type: ignore[attr-defined]
    try:
        envelope = decode(record.headers)  # type: ignore[attr-defined]
    except MalformedEvent:
        return Seen(topic, partition, offset, key, None, "malformed")
    return Seen(topic, partition, offset, key, envelope.sequence, envelope.id)
