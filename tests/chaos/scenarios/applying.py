"""What the processor does with repeats, gaps, failures and rivals; deliveries are made by hand."""

import asyncio
from datetime import timedelta
from uuid import UUID

from tests.chaos.rig.arriving import foreign, logged, read, spoiled
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import WITHIN, Stage, apply, expect

from koppel.kernel.errors import Permanent, Transient
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import ReceivedEvent, Subscriptions
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.parked.commands import ParkedEvents
from koppel.platform.consumer.parked.retry import Retry
from koppel.platform.consumer.processor import TRY_AGAIN, Processor
from koppel.platform.database import Connection, Database

AT_ONCE = RetryPolicy(first=timedelta(0), attempts=5)


class Handler:
    """The usual effect, and then whatever the scenario wants to happen to it."""

    def __init__(self, consumer: str) -> None:
        self.consumer = consumer
        self.failing: dict[str, Exception] = {}
        self.seen: list[str] = []
        self.pause: asyncio.Event | None = None
        self.paused = asyncio.Event()
        self.backend = 0
        """Of the server, while it is paused."""
        self._waiting: asyncio.Event | None = None
        self.end_session_at: str | None = None
        self.spoil_commit_at: str | None = None

    def release_pause(self) -> None:
        if self._waiting is not None:
            self._waiting.set()

    async def __call__(self, event: ReceivedEvent, connection: Connection) -> None:  # type: ignore[type-arg]
        op = event.data.op
        self.seen.append(op)
        await apply(self.consumer, event, connection)
        if self.pause is not None:
            self.backend = await connection.fetchval("select pg_backend_pid()")
            pause = self._waiting = self.pause
            self.pause = None
            self.paused.set()
            await pause.wait()
        if op == self.end_session_at:
            self.end_session_at = None
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")
        if op == self.spoil_commit_at:
            await connection.execute("insert into late_fault (wrong) values (true)")
        if op in self.failing:
            raise self.failing[op]


class Target:
    """One consumer of the stage without its Kafka side."""

    def __init__(self, stage: Stage, name: str | None = None, *, database: Database | None = None) -> None:
        self.stage, name = stage, name or stage.group
        database = database or stage.database
        self.handler = Handler(name)
        self.subscriptions: Subscriptions = stage.subscriptions(name, self.handler)
        self.processor = Processor(database, self.subscriptions, AT_ONCE)
        self.retry = Retry(database, self.subscriptions, AT_ONCE)

    async def arrivals(self) -> list[DecodedRecord]:
        return read(await logged(self.stage.ledger), self.subscriptions)

    async def release(self, parked: UUID) -> None:
        await ParkedEvents(self.stage.database, self.subscriptions, AT_ONCE).retry(parked, actor="test")
        await self.retry.run_due()

    async def apply(self, batch: list[DecodedRecord]) -> None:
        """As the consumer does: until it is through, within a bound."""
        async with asyncio.timeout(self.stage.patience):
            while True:
                try:
                    await self.processor.apply(batch)
                except TRY_AGAIN:
                    await asyncio.sleep(0.01)
                else:
                    return


@scenario(criterion=2)
async def second_delivery_changes_nothing(stage: Stage) -> None:
    target = Target(stage)
    for number in range(6):
        await stage.write(f"k{number % 2}", f"op-{number}")
    batch = await target.arrivals()
    await target.apply(batch)
    await target.apply(batch)
    await target.apply([*batch, *batch])
    await stage.judge_effects()


@scenario(criterion=2)
async def session_that_ends_after_the_effect_takes_the_position_with_it(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("k", "k-1", "k-2", "k-3")
    target.handler.end_session_at = "k-2"
    await target.apply(await target.arrivals())
    await stage.judge_effects()


@scenario(criterion=5)
async def events_out_of_order_are_applied_in_order(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("k", "k-1", "k-2", "k-3", "k-4")
    one, two, three, four = await target.arrivals()
    await target.apply([three])
    await target.apply([four, two])
    await target.apply([one])
    await stage.judge_effects()


@scenario(criterion=10)
async def paused_consumer_of_a_new_stream_changes_nothing_when_it_wakes(stage: Stage) -> None:
    await _paused(stage)


@scenario(criterion=10)
async def paused_consumer_of_a_known_stream_changes_nothing_when_it_wakes(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("k", "known")
    await target.apply(await target.arrivals())
    await _paused(stage)


async def _paused(stage: Stage) -> None:
    """One stops in its handler; its rival with the same batch gets as far as it can; then the first goes on."""
    first, rival = Target(stage), Target(stage)
    await stage.write("k", "late-1", "late-2")
    batch = await first.arrivals()
    go_on = first.handler.pause = asyncio.Event()
    slow = asyncio.create_task(first.apply(batch))
    await asyncio.wait_for(first.handler.paused.wait(), WITHIN)
    quick = asyncio.create_task(rival.apply(batch))
    # The rival may finish, or wait for the lock: both are right. Waiting needs no longer than this.
    await asyncio.wait({quick}, timeout=0.4)
    go_on.set()
    await asyncio.gather(slow, quick)
    await stage.judge_effects()


@scenario(criterion=12)
async def failing_event_holds_its_stream_and_no_other(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("bad", "bad-1", "poison", "bad-3", "bad-4")
    await stage.write("good", "good-1", "good-2")
    target.handler.failing["poison"] = Permanent("broken", "It cannot be applied.")
    batch = await target.arrivals()
    await target.apply(batch)
    await target.apply(batch)
    await target.retry.run_due()
    applied = await stage.applied(stage.group)
    expect("poison stops others", {"good-1", "good-2", "bad-1"} <= {*applied}, f"{applied}")
    expect("follower overtook", {"bad-3", "bad-4"}.isdisjoint(applied), f"{applied}")
    expect("failed effect stayed", "poison" not in applied, f"{applied}")
    target.handler.failing.clear()
    await release_all(stage, target)
    await stage.judge_effects()


@scenario(criterion=12)
async def events_without_a_version_wait_behind_a_parked_one(stage: Stage) -> None:
    target = Target(stage)
    target.handler.failing["first"] = Permanent("broken", "It cannot be applied.")
    raws = [foreign(stage.topic, "k", op, offset) for offset, op in enumerate(["first", "second"])]
    await target.apply(read(raws, target.subscriptions))
    await target.apply(read(raws, target.subscriptions))
    expect("follower overtook", await stage.applied(stage.group) == [], "second ran before first")
    target.handler.failing.clear()
    await release_all(stage, target)
    await target.apply(read(raws, target.subscriptions))
    applied = await stage.applied(stage.group)
    expect("effects out of order", applied == ["first", "second"], f"{applied}")


@scenario(criterion=12)
async def passing_cause_is_tried_as_often_as_configured(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("k", "k-1")
    target.handler.failing["k-1"] = Transient("busy", "Not now.")
    await target.apply(await target.arrivals())
    before = len(target.handler.seen)  # in the batch, and by itself
    for _ in range(AT_ONCE.attempts + 5):
        await asyncio.wait_for(target.retry._try_one(), WITHIN)
    tries = 1 + len(target.handler.seen) - before
    expect("attempts unbounded", tries == AT_ONCE.attempts, f"{tries} attempts")
    target.handler.failing.clear()
    await release_all(stage, target)
    await stage.judge_effects()


@scenario(criterion=13)
async def nothing_is_tried_before_its_time(stage: Stage) -> None:
    target = Target(stage)
    later = RetryPolicy(first=timedelta(hours=1))
    await stage.write("k", "k-1")
    target.handler.failing["k-1"] = Transient("busy", "Not now.")
    await Processor(stage.database, target.subscriptions, later).apply(await target.arrivals())
    before = len(target.handler.seen)
    target.handler.failing.clear()
    await Retry(stage.database, target.subscriptions, later)._try_one()
    expect("tried too early", len(target.handler.seen) == before, "the hour had not passed")
    await release_all(stage, target)
    await stage.judge_effects()


@scenario(criterion=12)
async def bytes_that_are_no_event_are_parked_once_and_passed(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("bad", "bad-1")
    await stage.write("good", "good-1")
    first, second = await target.arrivals()
    bad = read([spoiled(first.raw)], target.subscriptions)[0]
    try:
        await target.apply([bad, second])
        await target.apply([bad, second])
    except TimeoutError:
        expect("loops over malformed bytes", truth=False, detail="the batch was never through")
    waiting = await stage.ledger.waiting()
    expect("malformed not parked", waiting["parked"] == 1, f"{waiting}")
    await _accept(stage, target)
    applied = await stage.applied(stage.group)
    expect("effects out of order", applied == ["good-1"], f"{applied}")


@scenario(criterion=12)
async def discarded_event_lets_its_followers_go_in_order(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("k", "poison", "k-2", "k-3")
    target.handler.failing["poison"] = Permanent("broken", "It cannot be applied.")
    await target.apply(await target.arrivals())
    await _accept(stage, target)
    applied = await stage.applied(stage.group)
    expect("followers lost", applied == ["k-2", "k-3"], f"{applied}")


async def release_all(stage: Stage, target: Target) -> None:
    """An operator lets everything parked be tried again."""
    await release_parked(stage, target.subscriptions)
    async with asyncio.timeout(WITHIN):
        await target.retry.run_due()


async def release_parked(stage: Stage, subscriptions: Subscriptions) -> None:
    """All of it; whoever tries again does the rest."""
    parked = ParkedEvents(stage.database, subscriptions, AT_ONCE)
    for row in await stage.parked():
        await parked.retry(row, actor="test")


async def _accept(stage: Stage, target: Target) -> None:
    parked = ParkedEvents(stage.database, target.subscriptions, AT_ONCE)
    for row in await stage.parked():
        await parked.discard(row, actor="test", reason="given up")
