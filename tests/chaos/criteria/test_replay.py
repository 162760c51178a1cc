"""Criterion 15: a replay of ten thousand events over Kafka, beside live traffic."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.chaos.criteria.figures import Figure, Report, percentile
from tests.chaos.rig.reading import create_topics
from tests.chaos.rig.replayed import OWNER, TARGET, Replayed
from tests.chaos.rig.schedule import scaled
from tests.chaos.rig.stage import Stage, running, stage
from tests.chaos.scenarios.replaying import refusals
from tests.integration.replay.stage import FOREIGN, TOPIC

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.replay_topic import replay_topic_name
from koppel.contracts.topics import REPLAY_CONTROL
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import Consumer, ReceivedEvent, live
from koppel.platform.database import Connection
from koppel.platform.health import Health
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.relay import Relay, producer_factory
from koppel.platform.replay import ReplayProducer, ReplayRunner
from koppel.platform.replay.model import Replay
from koppel.platform.replay.target import replay_feed
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation

_ORGANISATIONS, _EACH = scaled(200), 50
_EVENTS = _ORGANISATIONS * _EACH
_RATE = 500
_SLOW = 50
_LIVE_PACE = 0.02
_CALM = 15.0


class _OverKafka(Replayed):
    """Notes how long live events took; of the replayed, when they were applied."""

    took: list[float]

    async def _on_renamed(self, event: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
        await super()._on_renamed(event, connection)
        if event.envelope.replay_id is None and event.envelope.time is not None:
            self.took.append((datetime.now(UTC) - event.envelope.time).total_seconds())

    async def reach(self, replay_id: UUID, *states: str) -> Replay:
        """Kafka lets both sides talk."""

        async def there() -> Replay | None:
            replay = await self.get(replay_id)
            return replay if replay.state in (*states, "stale") else None

        found = await eventually(
            there, within=400, every=0.05, what=f"a replay that is {' or '.join(states)}"
        )
        assert found is not None
        assert found.state in states, found.detail
        return found


@pytest.mark.timeout(900)
async def test_15_replay(postgres_server: str, kafka_server: str, report: Report) -> None:
    async with stage(postgres_server, kafka_server) as here, _both_sides(here) as replayed:
        organisations = [Organisation() for _ in range(_ORGANISATIONS)]
        await _lose(replayed, organisations)
        async with _live_traffic(here, replayed):
            await asyncio.sleep(_CALM)
            calm = percentile(replayed.took, 0.99)
            figures = await _first_and_second(replayed, organisations, calm)
        figures += await _cancelled(replayed, organisations)
        figures += await _foreign(replayed, organisations)
        effects = await replayed.rows("select event_id from effect")
        ids = [row["event_id"] for row in effects]
        doubled = len(ids) - len(set(ids))
        refused, asked = await refusals(here)
    report.says(
        15,
        f"{_EVENTS:,} events of {_ORGANISATIONS} streams at {_RATE} a second, {_EVENTS / _RATE:.0f} s, beside live traffic; again; "
        "cancelled; a foreign replay topic",
        *figures,
        Figure(criterion=15, name="effects doubled", seen=doubled, bound=0, safety=True),
        Figure(
            criterion=15,
            name="calls without the right let through",
            seen=asked - refused,
            bound=0,
            safety=True,
        ),
    )


async def _first_and_second(
    replayed: _OverKafka, organisations: list[Organisation], calm: float
) -> list[Figure]:
    replay_id, planned = await _plan(replayed, organisations)
    replayed.took.clear()
    began = time.monotonic()
    await replayed.act(replay_id, "start")
    first = await replayed.reach(replay_id, "finished")
    seconds, beside = time.monotonic() - began, percentile(replayed.took, 0.99)
    again, _ = await _plan(replayed, organisations)
    await replayed.act(again, "start")
    second = await replayed.reach(again, "finished")
    counts = first.targets[0].counts("run")
    off = sum(abs((counts[name] or 0) - (planned[name] or 0)) for name in counts)
    rate = 100 * abs(_EVENTS / seconds / _RATE - 1)
    audited = len(await replayed.audit(replay_id))
    return [
        Figure(criterion=15, name="events off the plan", seen=off, bound=0, safety=True),
        Figure(criterion=15, name="applied", seen=counts["apply"] or 0, bound=_EVENTS, least=True, safety=True),
        Figure(
            criterion=15, name="effects of a second run", seen=second.targets[0].counts("run")["apply"] or 0,
            bound=0, safety=True,
        ),
        Figure(criterion=15, name="rate off by, start and end included", seen=rate, bound=10, unit="%"),
        Figure(criterion=15, name="live p99", seen=beside / calm, bound=2, unit="×"),
        Figure(criterion=15, name="audit rows off one an act", seen=abs(audited - 3), bound=0, safety=True),
    ]  # fmt: skip


async def _plan(
    replayed: _OverKafka, organisations: list[Organisation], *, rate: int = _RATE, target: str = TARGET
) -> tuple[UUID, dict[str, int | None]]:
    keys = [organisation.administration_id for organisation in organisations]
    replay_id = await replayed.plan(target=[target], rate=rate, administration_ids=keys)
    planned = await replayed.reach(replay_id, "planned")
    return replay_id, planned.targets[0].counts("rehearsal")


async def _cancelled(replayed: _OverKafka, organisations: list[Organisation]) -> list[Figure]:
    """Seconds from the call to the state, and nothing more is sent."""
    replay_id, _ = await _plan(replayed, organisations, rate=_SLOW)
    await replayed.act(replay_id, "start")

    async def some() -> bool:
        return (await replayed.get(replay_id)).targets[0].sent("run") > 0

    await eventually(some)
    began = time.monotonic()
    await replayed.act(replay_id, "cancel")
    await replayed.reach(replay_id, "cancelled")
    took = time.monotonic() - began

    async def rests() -> Replay | None:
        replay = await replayed.get(replay_id)
        return None if replay.working else replay

    rested = await eventually(rests)
    assert rested is not None
    sent = rested.targets[0].sent("run")
    await asyncio.sleep(1)
    more = (await replayed.get(replay_id)).targets[0].sent("run") - sent
    return [
        Figure(criterion=15, name="cancelled after", seen=took, bound=2, unit="s"),
        Figure(criterion=15, name="sent after the cancel", seen=more, bound=0, safety=True),
    ]


async def _foreign(replayed: _OverKafka, organisations: list[Organisation]) -> list[Figure]:
    replay_id, _ = await _plan(replayed, organisations[:10], rate=10_000, target=FOREIGN)
    await replayed.act(replay_id, "start")
    done = await replayed.reach(replay_id, "finished")
    missing = 10 * _EACH - done.targets[0].sent("run")
    return [
        Figure(criterion=15, name="missing on a foreign replay topic", seen=missing, bound=0, safety=True)
    ]


async def _lose(replayed: _OverKafka, organisations: list[Organisation]) -> None:
    """They are in the log, and the target never saw them: their pointers go in the transaction that makes them."""
    for organisation in organisations:
        async with replayed.database.system() as connection:
            await EventLog(connection).append(*(organisation.renamed(f"v{n}") for n in range(1, _EACH + 1)))
            statement = """
                delete from outbox_pending using event_log log
                where log.seq = outbox_pending.seq and log.logged_on = outbox_pending.logged_on and log.key = $1"""
            await connection.execute(statement, organisation.renamed("").key)


@asynccontextmanager
async def _both_sides(here: Stage) -> AsyncIterator[_OverKafka]:
    """The owner's relay, runner and ears; the target's consumer and replay topic."""
    replayed = _OverKafka(here.database)
    replayed.took = []
    policy, kafka = RetryPolicy(), here.bootstrap
    await create_topics(kafka, TOPIC, REPLAY_CONTROL.name, replay_topic_name(TARGET))
    producer = ReplayProducer(kafka, "criterion-15")
    runner = ReplayRunner(here.database, replayed.replays, producer, "criterion-15", Health())
    consumers = [
        Consumer(live(here.database, replayed.heard, policy), kafka),
        Consumer(live(here.database, replayed.reads, policy), kafka),
        Consumer(replay_feed(here.database, replayed.reads, policy), kafka),
    ]
    relay = Relay(here.database, OWNER, producer_factory(kafka, "criterion-15"))
    async with running(relay):
        try:
            for consumer in consumers:
                await consumer.start()
            await runner.start()
            yield replayed
        finally:
            await runner.stop()
            for consumer in consumers:
                await consumer.stop()


@asynccontextmanager
async def _live_traffic(here: Stage, replayed: _OverKafka) -> AsyncIterator[None]:
    organisation, stop = Organisation(), asyncio.Event()

    async def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            async with here.database.system() as connection:
                await EventLog(connection).append(organisation.renamed(f"live-{number}"))
            await asyncio.sleep(_LIVE_PACE)

    writing = asyncio.create_task(write())
    try:
        yield
    finally:
        stop.set()
        await writing
