"""What the Kafka side of a consumer commits, and when; lost answers; where a new group begins."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit, urlunsplit

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from tests.chaos.rig.arriving import logged
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.contract import PARTITIONS, Echo, Step
from tests.chaos.rig.proxy import is_commit, proxied
from tests.chaos.rig.reading import committed_offsets, members_of
from tests.chaos.rig.schedule import SCHEDULES, SEED
from tests.chaos.rig.stage import WITHIN, Stage, apply, expect, running
from tests.chaos.scenarios.applying import Target

from koppel.kernel.errors import Permanent
from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.consumer.kafka.partition_groups import FEWEST
from koppel.platform.database import Connection, Database
from koppel.platform.outbox.batches import partition_of
from koppel.platform.outbox.relay import producer_factory
from koppel.testing.eventually import eventually


@scenario(criterion=2)
async def forced_redelivery_changes_nothing(stage: Stage) -> None:
    """The same records once more on the topic, and the group read anew from its first offset."""
    target = Target(stage)
    async with running(stage.relay()), stage.consuming(target.subscriptions):
        for number in range(20):
            await stage.write(f"k{number % 3}", f"op-{number}")
        await stage.drained()
        producer = producer_factory(stage.bootstrap, "chaos-repeats")()
        await producer.start()
        try:
            for raw in (await logged(stage.ledger))[::3]:
                await producer.send(
                    raw.topic, raw.value, key=raw.key, headers=list(raw.headers), partition=raw.partition
                )
            await producer.flush()
        finally:
            await producer.stop()
        await stage.write("last", "last")
        await stage.drained()
    await stage.judge()


@scenario(criterion=1)
async def offset_stays_below_work_in_hand(stage: Stage) -> None:
    target = Target(stage)
    go_on = target.handler.pause = asyncio.Event()
    async with running(stage.relay()), stage.consuming(target.subscriptions):
        await stage.write("k", "k-1", "k-2")
        await asyncio.wait_for(target.handler.paused.wait(), WITHIN)
        await stage.look(stage.group)
        go_on.set()
        await stage.drained()
    await stage.judge()


@scenario(criterion=11)
async def partition_groups_of_a_batch_are_acknowledged_together(stage: Stage) -> None:
    """One partition's group is done, the other's is not: nothing of either is committed."""
    slow, quick = (_stream_in(partition) for partition in (0, 1))
    blocked, go_on = asyncio.Event(), asyncio.Event()

    async def handler(event: ReceivedEvent[Step], connection: Connection) -> None:
        await apply(stage.group, event, connection)
        if event.data.op == f"{slow}-0":
            blocked.set()
            await go_on.wait()

    for stream in (slow, quick):
        await stage.write(stream, *(f"{stream}-{number}" for number in range(FEWEST)))
    async with running(stage.relay()):
        await eventually(partial(_nothing_pending, stage), within=WITHIN)
    async with stage.consuming(stage.subscriptions(stage.group, handler)):
        await asyncio.wait_for(blocked.wait(), WITHIN)
        await eventually(partial(_applied, stage, f"{quick}-{FEWEST - 1}"), within=WITHIN)
        with suppress(AssertionError):
            await eventually(partial(_committed, stage), within=1.0)
        await stage.look(stage.group)
        go_on.set()
        await stage.drained()
    await stage.judge()


def _stream_in(partition: int) -> str:
    names = (f"k{number}" for number in range(100))
    return next(name for name in names if partition_of(name.encode(), PARTITIONS) == partition)


async def _nothing_pending(stage: Stage) -> bool:
    return await stage.pending() == 0


async def _applied(stage: Stage, op: str) -> bool:
    return op in await stage.applied(stage.group)


async def _committed(stage: Stage) -> bool:
    return bool(await committed_offsets(stage.bootstrap, stage.group))


@scenario(criterion=9)
async def new_group_begins_at_the_first_event(stage: Stage) -> None:
    async with running(stage.relay()):
        await stage.write("k", "before-1", "before-2")
        await stage.drained()
        target = Target(stage)
        async with stage.consuming(target.subscriptions):
            await stage.drained()
    await stage.judge()


@scenario(criterion=9)
async def restarted_member_that_reads_fewer_topics_goes_on(stage: Stage) -> None:
    """A new version of a service, back before the group has missed the old one."""
    with missed_after(seconds=2):
        await _restarted_with_fewer_topics(stage)


@contextmanager
def missed_after(seconds: int) -> Iterator[None]:
    """Members that their group misses sooner, for whoever has to wait for that."""
    subscriber = KafkaBroker.subscriber

    def impatient(self: KafkaBroker, *topics: str, **settings: Any) -> Any:
        settings |= {"session_timeout_ms": 1_000 * seconds, "heartbeat_interval_ms": 200 * seconds}
        return subscriber(self, *topics, **settings)

    with patch.object(KafkaBroker, "subscriber", impatient):
        yield


async def _restarted_with_fewer_topics(stage: Stage) -> None:
    target = Target(stage)
    both = Subscriptions(stage.group)
    both.on(Step, target.handler)
    both.on(Echo, target.handler)
    async with running(stage.relay()):
        async with stage.consuming(both, instance="0"):
            await stage.write("k", "k-1")
            await stage.drained()
        await stage.write("k", "k-2")
        try:
            async with stage.consuming(target.subscriptions, instance="0"):
                await stage.drained(within=3 * WITHIN)  # the group misses the old one first
        except KafkaError as error:
            expect("member stays out", truth=False, detail=str(error))
    await stage.judge()


@scenario(criterion=9)
async def member_that_is_cut_off_leaves_its_group(stage: Stage) -> None:
    """Its batch takes longer than its process has got to end: others have the partitions at once, not after its session."""
    target = Target(stage)
    target.handler.pause = asyncio.Event()
    async with running(stage.relay()):
        await stage.write("k", "k-1")
        consumer = Consumer(live(stage.database, target.subscriptions), stage.bootstrap)
        await consumer.start()
        await asyncio.wait_for(target.handler.paused.wait(), WITHIN)
        with suppress(TimeoutError):
            await asyncio.wait_for(consumer.stop(), 0.2)
        left = await members_of(stage.bootstrap, stage.group)
        expect("member stays in its group", left == 0, f"{left} members")
        async with stage.consuming(target.subscriptions):
            await stage.drained()
    await stage.judge()


@scenario(criterion=8)
async def lost_answer_to_a_commit_doubles_nothing(stage: Stage) -> None:
    place = urlsplit(stage.service.app_dsn)
    async with proxied((place.hostname or "", place.port or 0), is_commit) as proxy:
        credentials = place.netloc.rpartition("@")[0]
        through = urlunsplit(place._replace(netloc=f"{credentials}@127.0.0.1:{proxy.port}"))
        database = Database(through, stage.service.schema)
        await database.open()
        try:
            target = Target(stage, database=database)
            for number in range(3):
                await stage.write("k", f"k-{number}")
                proxy.lose_answers = 1
                await target.apply(await target.arrivals())
            expect("the rig cut nothing", proxy.cuts >= 2, f"{proxy.cuts} answers were lost")
        finally:
            await database.close()
    await stage.judge_effects()


@scenario(criterion=11)
async def failing_commit_never_lets_the_next_one_pass_it(stage: Stage) -> None:
    """A handler whose fault shows at the end of the transaction only: a deferred constraint."""
    target = Target(stage)
    target.handler.spoil_commit_at = "k-1"
    async with running(stage.relay()), stage.consuming(target.subscriptions):
        await stage.write("k", "k-1")

        async def tried() -> bool:
            return "k-1" in target.handler.seen

        await eventually(tried, within=WITHIN)
        await stage.write("k", "k-2")
        await asyncio.sleep(0.5)
        await stage.look(stage.group)
        target.handler.spoil_commit_at = None
        for parked in await stage.parked():
            await target.release(parked)
        await stage.drained()
    await stage.judge()


@scenario(criterion=11)
async def committed_offset_never_passes_unfinished_work(stage: Stage) -> None:
    wrong = await run_schedules(stage, SCHEDULES)
    expect("offset past unfinished work", not wrong, "; ".join(wrong[:3]))


async def run_schedules(stage: Stage, count: int) -> list[str]:
    """Seeded schedules of handlers that pass, raise, lose their session or are cancelled; returns what was wrong."""
    target = Target(stage)
    for number in range(count):
        await stage.write(f"k{number % 5}", f"op-{number}")
    group = _Group(stage, target)
    for seed, raw in enumerate(await logged(stage.ledger)):
        await group.handle(raw, Random(SEED * 1_000_000 + seed))
    return group.wrong


class _Group:
    """Stands where aiokafka's consumer is, and compares every commit with what is finished."""

    def __init__(self, stage: Stage, target: Target) -> None:
        self.wrong: list[str] = []
        self._stage, self._target = stage, target
        self._consumer = Consumer(live(stage.database, target.subscriptions), stage.bootstrap)
        self._consumer._subscriber = self  # type: ignore[assignment]  # only `consumer.commit` is asked for
        self.batch_timeout_ms = 0.0
        self.consumer = self

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        finished = {seq for seq, done in (await self._stage.finished(self._stage.group)).items() if done}
        for offset in offsets.values():
            if offset - 1 not in finished:
                self.wrong.append(f"committed {offset}")

    async def handle(self, record: Any, chance: Random) -> None:
        handler, op = self._target.handler, ""
        what = chance.choice(["pass", "raise", "lose", "cancel", "cancel late"])
        op = await self._stage.op_at(record.offset)
        if what == "raise":
            handler.failing[op] = Permanent("broken", "It cannot be applied.")
        if what == "lose":
            handler.end_session_at = op
        work = asyncio.create_task(self._consumer._handle((record,)))
        if what.startswith("cancel"):
            handler.pause = asyncio.Event()
            handler.paused.clear()
            arrives = asyncio.create_task(handler.paused.wait())
            await asyncio.wait({work, arrives}, return_when=asyncio.FIRST_COMPLETED)
            arrives.cancel()
            if what == "cancel":
                work.cancel()
            else:
                handler.release_pause()
                await asyncio.sleep(0)
                work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        handler.pause = None


@scenario(criterion=11)
async def every_client_is_set_up_as_promised(stage: Stage) -> None:
    target = Target(stage)
    _, subscriber = Consumer(live(stage.database, target.subscriptions), stage.bootstrap)._build()
    expect("acknowledges by itself", subscriber.ack_policy is AckPolicy.MANUAL, f"{subscriber.ack_policy}")
    arguments = subscriber._connection_args
    expect("acknowledges by itself", not arguments["enable_auto_commit"], "auto commit is on")
    where = arguments["auto_offset_reset"]
    expect("begins at the end", where == "earliest", where)
    producer = producer_factory(stage.bootstrap, "chaos")()
    try:
        expect("weak producer", producer._txn_manager is not None, "not idempotent")
        expect("weak producer", producer._sender._acks == -1, f"acks {producer._sender._acks}")
    finally:
        await producer.stop()
