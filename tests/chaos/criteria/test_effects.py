"""Criteria 2 and 3: effects once under forced redelivery; no ghost of a transaction that was rolled back."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from random import Random

import pytest
from tests.chaos.criteria.figures import Figure, Report
from tests.chaos.rig.arriving import logged
from tests.chaos.rig.checker import judge
from tests.chaos.rig.contract import Step, step
from tests.chaos.rig.evidence import Outcome
from tests.chaos.rig.schedule import SEED, scaled
from tests.chaos.rig.stage import Stage, running, stage

from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.database import Connection
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.relay import producer_factory
from koppel.testing.eventually import eventually

_EVENTS = scaled(200) * 100
_AT_ONCE = 100
_STREAMS = 500
_AGAIN_EVERY = 8
_TRANSACTIONS = scaled(10_000)
_WRITERS = 6
_ROLLED_BACK = 0.3
_EFFECTS = """
insert into effect (consumer, topic, key, version, event_id, op)
select $1, * from unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
"""


@pytest.mark.timeout(600)
async def test_2_effects_once(postgres_server: str, kafka_server: str, report: Report) -> None:
    async with stage(postgres_server, kafka_server) as here:
        delivered: list[int] = []
        async with running(here.relay()):
            async with _consuming(here, delivered, forgets=True):
                await _write_events(here)
                await _some_applied(here)
            first = sum(delivered)
            records = _EVENTS + await _send_again(here)

            async def everything_came() -> bool:
                return sum(delivered) >= first + records

            async with _consuming(here, delivered):
                await eventually(everything_came, within=120)
                await here.drained(within=60)
        evidence = await here.ledger.evidence([here.topic], here.consumers, here.history)
        effects = [effect.event_id for effect in evidence.effects]
        again = 100 * (sum(delivered) - _EVENTS) / _EVENTS
        report.says(
            2,
            f"{_EVENTS:,} events; a consumer that never commits stops, and records are sent again",
            Figure(criterion=2, name="delivered again", seen=again, bound=10, unit="%", least=True),
            Figure(criterion=2, name="lost effects", seen=_EVENTS - len(set(effects)), bound=0, safety=True),
            Figure(
                criterion=2,
                name="doubled effects",
                seen=len(effects) - len(set(effects)),
                bound=0,
                safety=True,
            ),
            Figure(criterion=2, name="violations", seen=len(judge(evidence)), bound=0, safety=True),
        )


@asynccontextmanager
async def _consuming(here: Stage, delivered: list[int], *, forgets: bool = False) -> AsyncIterator[None]:
    """`forgets`: it dies each time before it commits an offset."""
    here.consumers[here.group] = frozenset({here.topic})
    subscriptions = Subscriptions(here.group)
    subscriptions.on_run(Step, partial(_apply_run, here.group))
    feed = live(here.database, subscriptions)

    def counted(records: Sequence[object]) -> list[object]:
        delivered.append(len(records))
        return feed.read(records)  # type: ignore[arg-type,return-value]

    consumer = Consumer(replace(feed, read=counted), here.bootstrap)  # type: ignore[arg-type]
    if forgets:
        consumer._commit = _never  # type: ignore[method-assign,assignment]
    await consumer.start()
    try:
        yield
    finally:
        await consumer.stop()


async def _never(*_: object) -> None:
    return


async def _apply_run(consumer: str, events: Sequence[ReceivedEvent[Step]], connection: Connection) -> None:
    await connection.execute(
        _EFFECTS,
        consumer,
        [event.data.topic.name for event in events],
        [event.data.stream for event in events],
        [event.envelope.sequence for event in events],
        [event.envelope.id for event in events],
        [event.data.op for event in events],
    )


async def _write_events(here: Stage) -> None:
    for first in range(0, _EVENTS, _AT_ONCE):
        ops = [f"op-{number}" for number in range(first, first + _AT_ONCE)]
        async with here.transaction() as connection:
            await EventLog(connection).append(
                *(step(f"k{(first + number) % _STREAMS}", op) for number, op in enumerate(ops))
            )
        here.history.update(dict.fromkeys(ops, Outcome.OK))


async def _some_applied(here: Stage) -> None:
    async def some() -> bool:
        left = await here.ledger.unfinished(here.consumers)
        return left[f"without effect at {here.group}"] < _EVENTS * 0.7

    await eventually(some, within=60)


async def _send_again(here: Stage) -> int:
    await eventually(lambda: _relayed(here), within=60)
    raws = (await logged(here.ledger))[::_AGAIN_EVERY]
    producer = producer_factory(here.bootstrap, "criterion-2")()
    await producer.start()
    try:
        for raw in raws:
            await producer.send(
                raw.topic, raw.value, key=raw.key, headers=list(raw.headers), partition=raw.partition
            )
        await producer.flush()
    finally:
        await producer.stop()
    return len(raws)


async def _relayed(here: Stage) -> bool:
    return not await here.pending()


@pytest.mark.timeout(600)
async def test_3_no_ghosts(postgres_server: str, kafka_server: str, report: Report) -> None:
    async with stage(postgres_server, kafka_server) as here:
        numbers = iter(range(_TRANSACTIONS))
        async with running(here.relay()):
            async with asyncio.TaskGroup() as group:
                for writer in range(_WRITERS):
                    group.create_task(_write_some(here, numbers, Random(SEED * 100 + writer)))
            ended = time.monotonic()
            await here.drained(within=60)
            took = time.monotonic() - ended
        evidence = await here.ledger.evidence([here.topic], {}, here.history)
        refused = sum(outcome is Outcome.FAIL for outcome in here.history.values())
        broken = [each.check for each in judge(evidence)]
        report.says(
            3,
            f"{_TRANSACTIONS:,} transactions, {refused:,} rolled back at random points",
            Figure(criterion=3, name="ghosts", seen=broken.count("ghost on the topic"), bound=0, safety=True),
            Figure(
                criterion=3,
                name="without event",
                seen=broken.count("lost before the topic"),
                bound=0,
                safety=True,
            ),
            Figure(criterion=3, name="violations", seen=len(broken), bound=0, safety=True),
            Figure(criterion=3, name="all there after", seen=took, bound=10, unit="s"),
        )


async def _write_some(here: Stage, numbers: Iterator[int], chance: Random) -> None:
    for number in numbers:
        op, place = f"op-{number}", chance.choice(["before", "between", "after"])
        refused = chance.random() < _ROLLED_BACK
        try:
            async with here.transaction() as connection:
                await _business(connection, op, place if refused else "", f"k{chance.randrange(_STREAMS)}")
        except ZeroDivisionError:
            here.history[op] = Outcome.FAIL
        else:
            here.history[op] = Outcome.OK


async def _business(connection: Connection, op: str, stop: str, stream: str) -> None:
    await connection.execute("insert into business (op) values ($1)", op)
    _stop(stop == "before")
    await EventLog(connection).append(step(stream, op))
    _stop(stop == "between")
    await connection.execute("select 1")
    _stop(stop == "after")


def _stop(now: bool) -> None:
    if now:
        raise ZeroDivisionError
