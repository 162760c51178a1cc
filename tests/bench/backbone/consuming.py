"""From Kafka to effects: the real runtime, and a bare aiokafka loop that parses each value and commits each batch."""

import asyncio
import json
import time

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from tests.bench.backbone.effects import Changed, bare_effects, one_by_one, set_based
from tests.bench.backbone.ground import SCHEMA, Ground

from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.ids import new_id
from koppel.platform.consumer import Consumer, live
from koppel.platform.database import Database

BATCH = 1_000


async def consume(ground: Ground, database: Database, count: int, *, runs: bool) -> float:
    """Seconds from joining the group until the handlers took `count` events of the topic's beginning."""
    seen, enough = 0, asyncio.Event()

    def took(number: int) -> None:
        nonlocal seen
        seen += number
        if seen >= count:
            enough.set()

    def took_one(_: Changed) -> None:
        took(1)

    name = f"bench-{new_id()}"
    subscriptions = set_based(name, took) if runs else one_by_one(name, took_one)
    consumer = Consumer(live(database, subscriptions), ground.kafka)
    began = time.perf_counter()
    await consumer.start()
    try:
        await enough.wait()
        return time.perf_counter() - began
    finally:
        await consumer.stop()


async def loop(ground: Ground, count: int, *, effects: str | None = None, runs: bool = True) -> float:
    """The same number of messages, decoded and counted; with `effects` (a connection string) the same statements too,
    one transaction a batch, without positions.
    """
    connection = await asyncpg.connect(effects, server_settings={"search_path": SCHEMA}) if effects else None
    began = time.perf_counter()
    async with AIOKafkaConsumer(
        ADMINISTRATION.name,
        bootstrap_servers=ground.kafka,
        group_id=f"bench-{new_id()}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    ) as consumer:
        seen = 0
        while seen < count:
            for records in (await consumer.getmany(timeout_ms=1_000, max_records=BATCH)).values():
                read = [json.loads(record.value) for record in records]
                seen += len(read)
                if connection is not None:
                    await bare_effects(connection, read, runs=runs)
            await consumer.commit()
        took = time.perf_counter() - began
    if connection is not None:
        await connection.close()
    return took


async def skip_all(ground: Ground, group: str) -> None:
    """Let a group begin behind everything that is there."""
    parts = [TopicPartition(ADMINISTRATION.name, number) for number in range(ADMINISTRATION.partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=ground.kafka, group_id=group) as consumer:
        consumer.assign(parts)
        await consumer.commit(await consumer.end_offsets(parts))
