"""From the database to Kafka: the relay, and a bare idempotent producer with the same messages in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.bench.backbone.events import Message
from tests.bench.backbone.ground import Ground

from koppel.contracts.topics import ADMINISTRATION
from koppel.platform.database import Connection, Database
from koppel.platform.outbox.producer import producer_factory
from koppel.platform.outbox.relay import Relay
from koppel.testing.eventually import eventually

_LOOK_EVERY = 0.05
"""Seconds; each look walks over the queue's dead rows, so it is not more often."""
_LONG = 600.0


@asynccontextmanager
async def relaying(ground: Ground, database: Database) -> AsyncIterator[Relay]:
    """A relay in this process."""
    relay = Relay(database, "import-svc", producer_factory(ground.kafka, "bench-relay"))
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def relay_backlog(ground: Ground, database: Database) -> float:
    """Seconds until every pending event was acknowledged and forgotten."""
    began = time.perf_counter()
    async with relaying(ground, database):
        await drained(database)
        return time.perf_counter() - began


async def drained(database: Database) -> None:
    """Until nothing is pending."""
    async with database.system() as connection:
        await reached(connection, "select not exists (select 1 from outbox_pending)", every=_LOOK_EVERY)


async def reached(connection: Connection, question: str, *given: object, every: float = 0.02) -> None:
    """Until the query answers true."""

    async def answer() -> bool:
        return bool(await connection.fetchval(question, *given))

    await eventually(answer, within=_LONG, every=every)


async def produce(ground: Ground, messages: Sequence[Message]) -> float:
    """Seconds to hand all over and have all acknowledged; idempotent, all replicas, like the relay's producer."""
    producer = producer_factory(ground.kafka, "bench-bare")()
    began = time.perf_counter()
    await producer.start()
    try:
        sent = [
            await producer.send(
                ADMINISTRATION.name,
                value=message.value,
                key=message.key,
                partition=message.partition,
                headers=message.headers,
            )
            for message in messages
        ]
        await asyncio.gather(*sent)
        return time.perf_counter() - began
    finally:
        await producer.stop()
