"""Two processes beside one, and memory while a million events pass."""

import asyncio
import time

from tests.bench.backbone.carrying import drained, produce, reached
from tests.bench.backbone.consuming import skip_all
from tests.bench.backbone.events import Organisation
from tests.bench.backbone.ground import Ground
from tests.bench.backbone.workers import paused, working
from tests.bench.backbone.writing import append, append_at_once
from tests.bench.figures import Memory
from tests.bench.memory import sampled

from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.ids import new_id
from koppel.platform.database import Database

_SHARE_SHARDS = 3.0
_DONE = "select count(*) >= $2 from bench_change where administration_id = any($1::uuid[])"
_HEARD = "select coalesce(sum(version), 0) >= $2 from consumer_head where consumer = $1"


async def relay_by(ground: Ground, database: Database, processes: int, events: int) -> float:
    """Seconds that so many relays need for a backlog that appears in one moment."""
    async with working(ground, "relay", "bench-relay", processes):
        await append_at_once(database, Organisation().events(1_000))
        await asyncio.sleep(_SHARE_SHARDS)
        await append_at_once(database, Organisation().events(events))
        began = time.perf_counter()
        await drained(database)
        return time.perf_counter() - began


async def consume_by(ground: Ground, database: Database, processes: int, events: int) -> float:
    """Seconds that so many consumers, two statements an event, need for what lies on the topic when they begin."""
    group, organisation = f"bench-{new_id()}", Organisation()
    messages = organisation.messages(events, ADMINISTRATION.partitions)
    await skip_all(ground, group)
    async with working(ground, "singles", group, processes) as workers:
        async with paused(workers):
            await produce(ground, messages)
        began = time.perf_counter()
        async with database.system() as connection:
            await reached(connection, _DONE, organisation.administrations, events)
        return time.perf_counter() - began


async def memory(ground: Ground, database: Database, events: int) -> tuple[Memory, ...]:
    """Resident memory of a relay and of a consumer while these events pass through both."""
    group = f"bench-{new_id()}"
    await skip_all(ground, group)
    async with (
        working(ground, "relay", "bench-relay") as (relay,),
        working(ground, "runs", group) as (consumer,),
        sampled({"relay": [relay.pid], "consumer": [consumer.pid]}) as results,
    ):
        organisation = Organisation()
        for start in range(0, events, 10_000):
            await append(database, [organisation.event(start + number) for number in range(10_000)], 1_000)
        await drained(database)
        async with database.system() as connection:
            await reached(connection, _HEARD, group, events, every=0.2)
    return tuple(results)
