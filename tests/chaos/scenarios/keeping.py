"""How long ids are kept, and that maintenance stops nobody."""

import asyncio
from datetime import timedelta

import asyncpg
from tests.chaos.rig.arriving import foreign, read
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import Stage, end, expect
from tests.chaos.scenarios.applying import Target

from koppel.contracts.replay_topic import replay_topic
from koppel.contracts.topics import TOPICS
from koppel.platform.consumer import consumed_ids
from koppel.platform.outbox import maintenance
from koppel.platform.outbox.maintenance import Maintenance
from koppel.platform.retention import Retention

_DAY = timedelta(days=1)
_SEGMENT = timedelta(days=7)
"""Kafka drops whole segments, which it closes after a week: so much longer may it keep a record."""


@scenario(criterion=14)
async def redelivery_an_hour_before_the_window_ends_is_refused(stage: Stage) -> None:
    target = Target(stage)
    again = [foreign(stage.topic, "k", f"op-{number}", number) for number in range(3)]
    await target.apply(read(again, target.subscriptions))
    await _age(stage, _longest_way_back() + _DAY - timedelta(hours=1))
    await Retention(stage.database, Maintenance(stage.database)).run()
    await target.apply(read(again, target.subscriptions))
    applied = await stage.applied(stage.group)
    expect("effect doubled", applied == ["op-0", "op-1", "op-2"], f"{applied}")
    await _age(stage, timedelta(days=consumed_ids.KEEP_IDS_DAYS))
    await Retention(stage.database, Maintenance(stage.database)).run()
    expect("never forgotten", await _remembered(stage) == 0, "ids past their time are still there")


@scenario(criterion=14)
async def events_of_one_publisher_are_told_apart(stage: Stage) -> None:
    """One transaction there, one moment, one stream: each has an id of its own, and that alone counts."""
    target = Target(stage)
    raws = [foreign(stage.topic, "k", op, offset) for offset, op in enumerate(["one", "two"])]
    await target.apply(read(raws, target.subscriptions))
    applied = await stage.applied(stage.group)
    expect("taken for a repeat", applied == ["one", "two"], f"{applied}")


@scenario(criterion=14)
async def nobody_waits_while_ids_are_forgotten(stage: Stage) -> None:
    """One old id is in another's hands, so that the purge stands still where it is."""
    target = Target(stage)
    await target.apply(read([foreign(stage.topic, "k", "old", 0)], target.subscriptions))
    await _age(stage, timedelta(days=100))
    await _add_old_partition(stage)
    holder = await stage.ledger.connect()
    try:
        async with holder.transaction():
            await holder.execute("select from consumed_event for update")
            work = asyncio.create_task(Retention(stage.database, Maintenance(stage.database)).run())
            await _waits(holder, work)
            await _write_meanwhile(stage, "a writer waits for the purge")
    finally:
        await holder.close()
    await asyncio.wait_for(work, stage.patience)


def _longest_way_back() -> timedelta:
    """The longest after which an event without a version can still come: from a topic that others publish on, from a
    replay topic, or from the log. A topic that keeps its records for ever must not be open to others."""
    kept = [
        replay_topic("any").retention_ms,
        *(topic.retention_ms for topic in TOPICS if topic.open_to_others),
    ]
    ways = [maintenance.KEEP_LOG]
    for milliseconds in kept:
        expect("kept for ever", milliseconds is not None, "events without a version may come at any time")
        ways.append(timedelta(milliseconds=milliseconds or 0) + _SEGMENT)
    return max(ways)


async def _age(stage: Stage, by: timedelta) -> None:
    async with stage.database.system() as connection:
        await connection.execute("update consumed_event set consumed_at = now() - $1::interval", by)


async def _remembered(stage: Stage) -> int:
    async with stage.database.system() as connection:
        found: int = await connection.fetchval("select count(*) from consumed_event")
        return found


async def _add_old_partition(stage: Stage) -> None:
    """So that there is one to drop."""
    owner = await asyncpg.connect(stage.service.owner_dsn)
    try:
        await owner.execute(
            "create table platform.event_log_20200101 partition of platform.event_log "
            "for values from ('2020-01-01') to ('2020-01-02')"
        )
    finally:
        await owner.close()


async def _waits(connection: "asyncpg.Connection[asyncpg.Record]", work: "asyncio.Task[None]") -> None:
    """Until the work waits for a lock, was refused one, or is through."""
    statement = "select exists (select 1 from pg_locks where not granted and locktype in ('relation', 'transactionid'))"
    for _ in range(200):
        if work.done() or await connection.fetchval(statement):
            return
        await asyncio.sleep(0.01)


async def _write_meanwhile(stage: Stage, complaint: str) -> None:
    writer = asyncio.create_task(stage.write("k", "k-1"))
    done, _ = await asyncio.wait({writer}, timeout=min(2.0, stage.stands_still))
    if not done:
        await end(writer)
    expect(complaint.replace("a writer", "writer"), bool(done), "longer than anybody should")
