"""Sending to replay topics: an idempotent producer of its own, made anew after it failed."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from koppel.contracts.replay_topic import replay_topic_name
from koppel.platform.kafka.access import Kafka
from koppel.platform.outbox.relay import ProducerFactory, producer_factory
from koppel.platform.replay.sender.topics import ReplayTopics, ReplayTopicUnavailable

Record = tuple[bytes, bytes, Sequence[tuple[str, bytes]]]
"""Key, value and headers."""
_ACKNOWLEDGED_WITHIN = 20.0
"""Seconds."""


class ReplayProducer:
    """Shared by all replays of a process; records of one call arrive in order."""

    def __init__(self, kafka: Kafka, client_id: str, producers: ProducerFactory | None = None) -> None:
        self._topics = ReplayTopics(kafka)
        self._producers = producers or producer_factory(kafka, client_id)
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._made: set[str] = set()

    async def send(self, consumer: str, records: Sequence[Record]) -> None:
        """Return when the broker has all of them. Raises `ReplayTopicUnavailable`; then some may have arrived."""
        producer: AIOKafkaProducer | None = None
        try:
            async with asyncio.timeout(_ACKNOWLEDGED_WITHIN):
                producer = await self._started(consumer)
                await _send(producer, replay_topic_name(consumer), records)
        except (KafkaError, OSError, TimeoutError) as error:
            await self._replace(producer)
            raise ReplayTopicUnavailable(consumer, error) from error

    async def stop(self) -> None:
        await self._replace(self._producer)

    async def _started(self, consumer: str) -> AIOKafkaProducer:
        async with self._starting:
            if consumer not in self._made:
                await self._topics.make(consumer)
                self._made.add(consumer)
            if self._producer is None:
                producer = self._producers()
                try:
                    await producer.start()
                except BaseException:
                    await _close(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _replace(self, failed: AIOKafkaProducer | None) -> None:
        """Another replay may have replaced it already."""
        if failed is not None and self._producer is failed:
            self._producer = None
            await _close(failed)


async def _send(producer: AIOKafkaProducer, topic: str, records: Sequence[Record]) -> None:
    """By whole batches to the one partition. The time is now: a replay topic keeps records by when they were sent."""
    await producer.partitions_for(topic)
    now, sent = int(time.time() * 1000), []
    builder = producer.create_batch()
    for key, value, headers in records:
        if builder.append(timestamp=now, key=key, value=value, headers=list(headers)) is None:
            sent.append(await producer.send_batch(builder, topic, partition=0))
            builder = producer.create_batch()
            builder.append(timestamp=now, key=key, value=value, headers=list(headers))
    sent.append(await producer.send_batch(builder, topic, partition=0))
    await asyncio.gather(*sent)


async def _close(producer: AIOKafkaProducer) -> None:
    # A dead producer may never flush.
    with suppress(KafkaError, TimeoutError, OSError):
        await asyncio.wait_for(producer.stop(), timeout=3)
