"""Interleavings of writers and relays, each forced rather than hoped for."""

import asyncio
from collections.abc import Sequence
from functools import partial
from unittest.mock import patch

import asyncpg
from aiokafka.errors import OutOfOrderSequenceNumber
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.contract import PARTITIONS, step
from tests.chaos.rig.evidence import Outcome
from tests.chaos.rig.interfering import Interference
from tests.chaos.rig.stage import WITHIN, Stage, end, expect, running

from koppel.platform.outbox import EventLog, in_flight
from koppel.platform.outbox import relay as relay_module
from koppel.platform.outbox.batches import partition_of
from koppel.platform.outbox.maintenance import Maintenance
from koppel.testing.eventually import eventually

_LOOKS = 5
"""Of a relay: the first may have begun before the event was there."""


@scenario(criterion=4)
async def late_commit_with_a_lower_number_is_published(stage: Stage) -> None:
    async with running(stage.relay()):
        async with stage.transaction() as slow:
            await EventLog(slow).append(step("slow", "slow-1"))
            await stage.write("quick", "quick-1")
            await stage.drained()
        stage.history["slow-1"] = Outcome.OK
        await stage.drained()
    await stage.judge()


@scenario(criterion=4)
async def late_commit_is_found_while_other_events_are_in_flight(stage: Stage) -> None:
    stuck, other = _names_of_two_partitions()
    rules = Interference()
    rules.hide_answers = {_partition(stuck)}
    with patch.object(in_flight, "SETTLE_WITHIN", 0.0):  # what is hidden never comes
        await _commits_late(stage, rules, stuck, other)
    async with running(stage.relay()):
        await stage.drained()
    await stage.judge()


async def _commits_late(stage: Stage, rules: Interference, stuck: str, other: str) -> None:
    async with running(stage.relay(rules.factory(stage.bootstrap))):
        async with stage.transaction() as slow:
            await EventLog(slow).append(step(other, "late"))
            await stage.write(stuck, "stuck")

            async def sent() -> bool:
                return rules.made > 0 and await _on_topic(stage) == 1

            await eventually(sent, within=WITHIN)
        stage.history["late"] = Outcome.OK
        await stage.drained(pending=1)


@scenario(criterion=4)
async def rolled_back_transactions_leave_no_gap(stage: Stage) -> None:
    async with running(stage.relay()):
        for number in range(30):
            op = f"op-{number}"
            try:
                async with stage.transaction() as connection:
                    await EventLog(connection).append(step("k", op))
                    if number % 3 == 1:
                        raise ZeroDivisionError
                stage.history[op] = Outcome.OK
            except ZeroDivisionError:
                stage.history[op] = Outcome.FAIL
        await stage.drained()
    await stage.judge()


@scenario(criterion=5)
async def transaction_that_began_first_and_wrote_second_comes_second(stage: Stage) -> None:
    async with stage.transaction() as first:
        await EventLog(first).append(step("other", "other-1"))
        await stage.write("k", "k-1")
        await EventLog(first).append(step("k", "k-2"))
    stage.history |= {"other-1": Outcome.OK, "k-2": Outcome.OK}
    async with running(stage.relay()):
        await stage.drained()
    await stage.judge()


@scenario(criterion=5)
async def writer_that_waits_for_the_stream_is_numbered_after_it(stage: Stage) -> None:
    async def second() -> None:
        await stage.write("k", "waiting")

    async with stage.transaction() as first:
        await EventLog(first).append(step("k", "first"))
        waiting = asyncio.create_task(second())
        await _blocked(stage, waiting)
        await EventLog(first).append(step("k", "again"))
    await waiting
    stage.history |= {"first": Outcome.OK, "again": Outcome.OK}
    async with running(stage.relay()):
        await stage.drained()
    await stage.judge()


@scenario(criterion=5)
async def second_relay_does_not_overtake_the_first(stage: Stage) -> None:
    """The second looks several times while the first holds an event back; what it sends all the same lies on the topic first."""
    gate, arrived = asyncio.Event(), asyncio.Event()
    slow, quick = Interference(), Interference()
    turns, sent = list[None](), list[int]()

    async def wait(topic: str, partition: int) -> None:
        arrived.set()
        await gate.wait()

    async def note(topic: str, partition: int) -> None:
        sent.append(partition)

    slow.before, quick.before = wait, note
    second = stage.relay(quick.factory(stage.bootstrap), beat=lambda: turns.append(None))
    async with running(stage.relay(slow.factory(stage.bootstrap))):
        await stage.write("k", "k-1")
        await asyncio.wait_for(arrived.wait(), WITHIN)
        async with running(second):
            await stage.write("k", "k-2")
            await _looked(turns, _LOOKS)
            if sent:  # a broker that just made the topic lets a sender wait
                await eventually(partial(_on_topic, stage), within=WITHIN)
            gate.set()
            await stage.drained()
    await stage.judge()


async def _looked(turns: Sequence[None], times: int) -> None:
    """Until the relay has looked so often from now on, however slowly."""
    enough = len(turns) + times

    async def looked() -> bool:
        return len(turns) >= enough

    await eventually(looked, within=WITHIN)


@scenario(criterion=3)
async def rolled_back_event_never_reaches_the_topic(stage: Stage) -> None:
    try:
        async with stage.transaction() as connection:
            await EventLog(connection).append(step("k", "rolled back"))
            raise ZeroDivisionError
    except ZeroDivisionError:
        stage.history["rolled back"] = Outcome.FAIL
    async with running(stage.relay()):
        await stage.write("k", "committed")
        await stage.drained()
    await stage.judge()


@scenario(criterion=1)
async def relay_that_dies_before_the_answer_leaves_the_event_pending(stage: Stage) -> None:
    never, arrived = asyncio.Event(), asyncio.Event()
    rules = Interference()

    async def wait(topic: str, partition: int) -> None:
        arrived.set()
        await never.wait()

    rules.before = wait
    async with running(stage.relay(rules.factory(stage.bootstrap))) as tasks:
        await stage.write("k", "k-1")
        await asyncio.wait_for(arrived.wait(), WITHIN)
        # Whoever marks before the answer has the time to.
        await asyncio.sleep(0.3)
        await end(*tasks)
    async with running(stage.relay()):
        await stage.drained()
    await stage.judge()


@scenario(criterion=7)
async def dead_producer_is_replaced(stage: Stage) -> None:
    rules = Interference()
    rules.fail_answers = OutOfOrderSequenceNumber()
    async with running(stage.relay(rules.factory(stage.bootstrap))):
        await stage.write("k", "k-1")

        async def replaced() -> bool:
            return rules.made >= 2

        try:
            await eventually(replaced, within=stage.patience)
        except AssertionError as error:
            expect("producer not replaced", truth=False, detail=str(error))
        rules.fail_answers = None
        await stage.drained()
    await stage.judge()


@scenario(criterion=6)
async def old_days_are_dropped_without_a_stall_of_writers(stage: Stage) -> None:
    """While somebody's open transaction has read the log, dropping a day of it cannot go on, and writers have to."""
    owner = await asyncpg.connect(
        stage.service.owner_dsn, server_settings={"search_path": stage.service.schema}
    )
    idle = await asyncpg.connect(stage.service.admin_dsn)
    watch = Maintenance(stage.database)
    dropping: asyncio.Task[None] | None = None
    try:
        await owner.execute(
            "create table event_log_20200101 partition of event_log for values from ('2020-01-01') to ('2020-01-02')"
        )
        await idle.execute(f"begin; select from {stage.service.schema}.event_log")
        dropping = asyncio.create_task(watch.drop_days())
        await _blocked(stage, dropping)
        try:
            async with stage.transaction() as connection:
                patience = round(1_000 * min(3.0, stage.stands_still))
                await connection.execute(f"set local lock_timeout = {patience}")
                await EventLog(connection).append(step("k", "k-1"))
        except asyncpg.LockNotAvailableError as error:
            expect("writer stalled", truth=False, detail=str(error))
        stage.history["k-1"] = Outcome.OK
        await asyncio.gather(dropping, return_exceptions=True)
        await idle.execute("rollback")
        await watch.drop_days()
        gone = await owner.fetchval("select to_regclass('event_log_20200101') is null")
        expect("old day kept", truth=gone, detail="event_log_20200101 is still there")
    finally:
        if dropping is not None:
            dropping.cancel()
            await asyncio.gather(dropping, return_exceptions=True)
        await idle.close()
        await owner.close()
    async with running(stage.relay()):
        await stage.drained()
    await stage.judge()


@scenario(criterion=10)
async def killed_relay_is_taken_over(stage: Stage) -> None:
    with patch.object(relay_module, "_CLAIM_EVERY", 0.1):
        await _killed_and_taken_over(stage)


async def _killed_and_taken_over(stage: Stage) -> None:
    async with running(stage.relay()) as first:
        await stage.write("k", "k-1")
        await stage.drained()
        turns: list[None] = []
        second = stage.relay(beat=lambda: turns.append(None))
        async with running(second):
            await _looked(turns, _LOOKS)
            await end(*first)
            await stage.write("k", "k-2")
            await stage.drained()
    await stage.judge()


async def _on_topic(stage: Stage) -> int:
    return len((await stage.ledger.evidence([stage.topic], {})).readings[0])


async def _blocked(stage: Stage, writer: "asyncio.Task[None]") -> None:
    """Until the writer waits for a lock, or is through without one, which the judgement will tell."""
    connection = await stage.ledger.connect()

    async def waits() -> bool:
        return writer.done() or await connection.fetchval(
            "select exists (select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
        )

    try:
        await eventually(waits, within=WITHIN)
    finally:
        await connection.close()


def _partition(stream: str) -> int:
    return partition_of(stream.encode(), PARTITIONS)


def _names_of_two_partitions() -> tuple[str, str]:
    first = "a"
    return first, next(name for name in "bcdefgh" if _partition(name) != _partition(first))
