"""Replays: how fast a plan is made and a rebuild runs, beside a bare producer with the same messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from uuid import UUID

from tests.bench.backbone.carrying import drained, reached, relaying
from tests.bench.backbone.effects import set_based
from tests.bench.backbone.events import SOURCE, Organisation
from tests.bench.backbone.ground import REPLAY_TARGET, Ground
from tests.bench.backbone.writing import append

from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import Consumer, Subscriptions, live
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.replay import ReplayProducer, ReplayRunner, Replays, listen
from koppel.platform.replay.filter import ReplayFilter
from koppel.platform.replay.target import ReplayHealth, replay_feed
from koppel.testing.eventually import eventually

FASTEST = 10_000
"""Events a second: the most that one may ask for."""
_LONG = 600.0
_APPLIED = (
    "select coalesce(sum(version), 0) >= $3 from consumer_head where consumer = $1 and key = any($2::text[])"
)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds from asking until planned, and from start until finished."""

    planned: float
    run: float


async def rebuild(ground: Ground, database: Database, events: int) -> Took:
    """One organisation's events at a target that has applied them all: planned, then applied again from the first on."""
    organisation = Organisation()
    await append(database, organisation.events(events), 1_000)
    replays = Replays(SOURCE)
    async with relaying(ground, database), _target(ground, database), _owner(ground, database, replays):
        await drained(database)
        async with database.system() as connection:
            await reached(
                connection,
                _APPLIED,
                REPLAY_TARGET,
                [str(each) for each in organisation.administrations],
                events,
            )
        began = perf_counter()
        asked = ReplayFilter(organisation_id=organisation.organisation_id)
        async with database.system() as connection:
            replay_id = await replays.plan(
                connection,
                asked=asked,
                target=(REPLAY_TARGET,),
                mode="rebuild",
                rate=FASTEST,
                reason="measured",
                actor="bench",
            )
        await _reaches(database, replays, replay_id, "planned")
        planned = perf_counter()
        async with database.system() as connection:
            await replays.act(connection, replay_id, "start", actor="bench")
        await _reaches(database, replays, replay_id, "finished")
        return Took(planned=planned - began, run=perf_counter() - planned)


async def _reaches(database: Database, replays: Replays, replay_id: UUID, state: str) -> None:
    async def reached() -> bool:
        async with database.system() as connection:
            replay = await replays.get(connection, replay_id)
        if replay.state in ("stale", "cancelled"):
            raise RuntimeError(f"the replay ended as {replay.state}: {replay.detail}")
        return replay.state == state

    await eventually(reached, within=_LONG, every=0.02)


@asynccontextmanager
async def _target(ground: Ground, database: Database) -> AsyncIterator[None]:
    """It reads the topic and its replay topic, as a service does."""
    subscriptions, policy = set_based(REPLAY_TARGET), RetryPolicy()
    topic = Consumer(live(database, subscriptions, policy), ground.kafka)
    replayed = Consumer(replay_feed(database, subscriptions, policy), ground.kafka)
    watch = ReplayHealth(replayed, subscriptions, database, Health())
    async with _consuming(topic), _consuming(replayed):
        await watch.start()
        try:
            yield
        finally:
            await watch.stop()


@asynccontextmanager
async def _owner(ground: Ground, database: Database, replays: Replays) -> AsyncIterator[None]:
    """It sends to replay topics and hears what targets report."""
    heard = Subscriptions(f"bench-owner-{new_id()}")
    listen(heard, replays)
    producer = ReplayProducer(ground.kafka, "bench-replay")
    runner = ReplayRunner(database, replays, producer, f"bench/{new_id()}", Health())
    async with _consuming(Consumer(live(database, heard), ground.kafka)):
        await runner.start()
        try:
            yield
        finally:
            await runner.stop()


@asynccontextmanager
async def _consuming(consumer: Consumer) -> AsyncIterator[None]:
    await consumer.start()
    try:
        yield
    finally:
        await asyncio.wait_for(consumer.stop(), timedelta(seconds=30).total_seconds())
