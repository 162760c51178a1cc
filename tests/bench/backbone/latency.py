"""How long an event is under way at a steady rate: commit → effect, beside a bare produce → consume."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from tests.bench.backbone.consuming import skip_all
from tests.bench.backbone.effects import Changed, one_by_one
from tests.bench.backbone.events import Organisation
from tests.bench.backbone.ground import SCHEMA, Ground
from tests.bench.backbone.workers import working

from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.ids import new_id
from koppel.platform.consumer import Consumer, live
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.producer import producer_factory

RATE = 500
_SETTLE = 1.5
Waits = list[float]
"""Seconds, sorted."""


def percentile(waits: Waits, part: float) -> float:
    return waits[min(len(waits) - 1, int(len(waits) * part))]


class _Stamping(Database):
    """Tells when a transaction of the consumer was committed."""

    def __init__(self, dsn: str, committed: Callable[[], None]) -> None:
        super().__init__(dsn, SCHEMA, max_size=4)
        self._committed = committed

    @asynccontextmanager
    async def system(self) -> AsyncIterator[Connection]:
        async with super().system() as connection:
            yield connection
        self._committed()


async def commit_to_effect(ground: Ground, database: Database, seconds: float) -> Waits:
    """Writer and consumer here, the relay in a process of its own, as two services would be."""
    committed: dict[str, float] = {}
    applied: dict[str, float] = {}
    fresh: list[str] = []
    effects = _Stamping(ground.service.app_dsn, lambda: _stamp(applied, fresh))

    def heard(event: Changed) -> None:
        fresh.append(event.data.changed_by)

    group = f"bench-{new_id()}"
    await skip_all(ground, group)
    await effects.open()
    consumer = Consumer(live(effects, one_by_one(group, heard)), ground.kafka)
    await consumer.start()
    organisation = Organisation()

    async def write(number: int) -> None:
        name = f"latency:{number}"
        async with database.system() as connection:
            await EventLog(connection).append(organisation.event(number, by=name))
        committed[name] = time.perf_counter()

    try:
        async with working(ground, "relay", "bench-relay"):
            await asyncio.sleep(_SETTLE)
            await _steadily(write, seconds)
            await asyncio.sleep(_SETTLE)
    finally:
        await consumer.stop()
        await effects.close()
    return sorted(max(0.0, applied[name] - at) for name, at in committed.items() if name in applied)


async def produce_to_consume(ground: Ground, seconds: float) -> Waits:
    """The same rate through Kafka alone."""
    organisation = Organisation()
    waits: Waits = []
    sent: dict[tuple[bytes, bytes], float] = {}
    messages = organisation.messages(int(seconds * RATE), ADMINISTRATION.partitions)
    producer = producer_factory(ground.kafka, "bench-bare")()
    await producer.start()
    async with AIOKafkaConsumer(
        ADMINISTRATION.name, bootstrap_servers=ground.kafka, auto_offset_reset="latest"
    ) as consumer:
        await consumer.seek_to_end()

        async def read() -> None:
            async for record in consumer:
                at = sent.get((record.key, dict(record.headers)["ce_id"]))
                waits.append(time.perf_counter() - (at or 0.0))

        reading = asyncio.create_task(read())

        async def write(number: int) -> None:
            message = messages[number]
            sent[message.key, dict(message.headers)["ce_id"]] = time.perf_counter()
            await producer.send(
                ADMINISTRATION.name,
                value=message.value,
                key=message.key,
                partition=message.partition,
                headers=message.headers,
            )

        await asyncio.sleep(_SETTLE)
        await _steadily(write, seconds)
        await asyncio.sleep(_SETTLE)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    await producer.stop()
    return sorted(waits)


async def _steadily(write: Callable[[int], Awaitable[None]], seconds: float) -> None:
    """One call at a time, each at its moment; behind the beat it catches up."""
    began = time.perf_counter()
    for number in range(int(seconds * RATE)):
        ahead = began + number / RATE - time.perf_counter()
        if ahead > 0:
            await asyncio.sleep(ahead)
        await write(number)


def _stamp(applied: dict[str, float], fresh: list[str]) -> None:
    now = time.perf_counter()
    for name in fresh:
        applied.setdefault(name, now)
    fresh.clear()
