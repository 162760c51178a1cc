"""A consumer and its replay topic on a real broker: two groups, one order."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer

from koppel.contracts.replay_topic import replay_topic, replay_topic_name
from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import Consumer, live
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.kafka.groups import ConsumerGroups
from koppel.platform.operations import Operations
from koppel.platform.operations.consumers import standings
from koppel.platform.replay.target import replay_feed
from koppel.testing.deliveries import delivery
from koppel.testing.eventually import eventually
from koppel_local.kafka.topics import create_missing

from .target import Replay, Target


@pytest.fixture
async def producer(kafka_server: str, target: Target) -> AsyncIterator[AIOKafkaProducer]:
    await create_missing(kafka_server, [ADMINISTRATION, replay_topic(target.consumer)])
    async with AIOKafkaProducer(bootstrap_servers=kafka_server, enable_idempotence=True) as started:
        yield started


async def _published(producer: AIOKafkaProducer, target: Target, *versions: int) -> None:
    for version in versions:
        raw = delivery(target.event(version), version, target.subscriptions).raw
        await producer.send(raw.topic, raw.value, key=raw.key, headers=list(raw.headers))
    await producer.flush()


async def _sent(producer: AIOKafkaProducer, target: Target, records: Sequence[DecodedRecord]) -> None:
    for record in records:
        await producer.send(
            replay_topic_name(target.consumer),
            record.raw.value,
            key=record.raw.key,
            headers=list(record.raw.headers),
        )
    await producer.flush()


@asynccontextmanager
async def _reading_replay_topic(target: Target, kafka: str) -> AsyncIterator[Consumer]:
    consumer = Consumer(replay_feed(target.database, target.subscriptions, RetryPolicy()), kafka)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _reached(target: Target, *names: str) -> None:
    async def reached() -> bool:
        return [name for name in await target.effects() if name.startswith("v")] == list(names)

    await eventually(reached, within=30, what=f"the effects {names}")


async def test_live_events_wait_out_a_rebuild_and_every_record_counts_once(
    target: Target, kafka_server: str, producer: AIOKafkaProducer
) -> None:
    replay = Replay(target, "rebuild")
    records = replay.of("run", 1, 2, 3)
    consumer = Consumer(live(target.database, target.subscriptions), kafka_server)
    await consumer.start()
    try:
        await _published(producer, target, 1, 2, 3)
        await _reached(target, "v1", "v2", "v3")
        async with _reading_replay_topic(target, kafka_server):
            await _sent(producer, target, records[:2])
            await _reached(target, "v1", "v2", "v3", "v1", "v2")
            await _published(producer, target, 4, 5)

            async def waiting() -> bool:
                return await target.held() == [4, 5]

            await eventually(waiting, within=30, what="two held events")
        # The owner was killed and sends again what nobody acknowledged; the replay topic is read by a new process.
        async with _reading_replay_topic(target, kafka_server):
            await _sent(producer, target, [*records[1:], *records])
            await _reached(target, "v1", "v2", "v3", "v1", "v2", "v3", "v4", "v5")
    finally:
        await consumer.stop()
    assert await target.held() == []
    assert await replay.counts() == (3, 0, 0, 0)


async def test_an_operator_sees_how_far_the_replay_topic_is(
    target: Target, kafka_server: str, producer: AIOKafkaProducer
) -> None:
    """Nobody reads it yet; then it is read to its end."""
    operations = Operations(target.database, "test-svc", groups=ConsumerGroups(kafka_server))
    operations.consumes(target.subscriptions, RetryPolicy())
    await _sent(producer, target, Replay(target).of("run", 1, 2))

    async def standing() -> tuple[int, str]:
        topic = replay_topic_name(target.consumer)
        (told,) = (each for each in await standings(operations) if each.topic == topic)
        return told.events_behind, told.state

    async def read() -> bool:
        return await standing() == (0, "consuming")

    assert await standing() == (2, "stopped")
    async with _reading_replay_topic(target, kafka_server):
        await eventually(read, within=30, what="a reader at the topic's end")


async def test_a_replay_sent_again_from_its_beginning_changes_nothing(
    target: Target, kafka_server: str, producer: AIOKafkaProducer
) -> None:
    first, second = Replay(target), Replay(target)
    await _sent(producer, target, [*first.of("rehearsal", 1, 2), *first.of("run", 1, 2)])
    async with _reading_replay_topic(target, kafka_server):
        await _reached(target, "v1", "v2")
    # The owner begins anew.
    await _sent(
        producer, target, [*first.of("rehearsal", 1, 2), *first.of("run", 1, 2), *second.of("run", 3)]
    )
    async with _reading_replay_topic(target, kafka_server):
        await _reached(target, "v1", "v2", "v3")
    assert await first.counts() == (2, 0, 0, 0)
