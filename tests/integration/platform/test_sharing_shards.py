"""Relays of one schema share its shards fairly; nobody reads a shard that another still has in flight."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from koppel.platform.database import Database
from koppel.platform.outbox import EventLog
from koppel.platform.outbox import pending as pending_module
from koppel.platform.outbox.pending import SHARDS, PendingEvents
from koppel.testing.databases import ServiceDatabase
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation

ONE_RELAY = """
import asyncio, sys
from koppel.platform.database import Database
from koppel.platform.outbox.pending import PendingEvents

async def main():
    outbox = PendingEvents(Database(sys.argv[1], "platform"))
    await outbox.open()
    while True:
        await outbox.claim_shards(())
        print(len(outbox.shards), flush=True)
        await outbox.read(0, 1)
        await asyncio.sleep(0.1)

asyncio.run(main())
"""


@asynccontextmanager
async def relays(database: Database, count: int) -> AsyncIterator[list[PendingEvents]]:
    opened = [PendingEvents(database) for _ in range(count)]
    try:
        for each in opened:
            await each.open()
        yield opened
    finally:
        for each in opened:
            await each.close()


async def settle(*outboxes: PendingEvents) -> list[int]:
    for _ in range(3):
        for each in outboxes:
            await each.claim_shards(())
    return [len(each.shards) for each in outboxes]


@pytest.mark.parametrize(("count", "share"), [(1, 16), (2, 8), (3, 6), (5, 4), (16, 1), (17, 1)])
async def test_every_shard_is_somebodys_and_nobody_has_more_than_a_fair_share(
    database: Database, count: int, share: int
) -> None:
    async with relays(database, count) as opened:
        held = await settle(*opened)
        assert sum(held) == SHARDS
        assert max(held) <= share
        assert len(set().union(*(each.shards for each in opened))) == SHARDS


async def test_a_relay_that_comes_later_gets_its_share_and_leaves_it_behind(database: Database) -> None:
    async with relays(database, 1) as (first,):
        assert await settle(first) == [16]
        async with relays(database, 1) as (second,):
            assert await settle(first, second) == [8, 8]

        async def took_over() -> bool:
            return await settle(first) == [16]

        await eventually(took_over, within=10)


async def test_a_shard_is_let_go_only_when_nothing_of_it_is_in_flight(database: Database) -> None:
    async with relays(database, 2) as (first, second):
        await second.close()

        async def alone() -> bool:
            return await settle(first) == [16]

        await eventually(alone, within=10)
        await second.open()
        await first.claim_shards({7})
        assert len(first.shards) == 8, "what is given up is read no more at once"
        await second.claim_shards(())
        assert second.shards == set(), "an event of the first is still on its way"
        await first.claim_shards({7, 8})
        await second.claim_shards(())
        assert second.shards == set()
        await first.claim_shards({8})
        await second.claim_shards(())
        assert len(second.shards) == 8, "what was sent later is of other shards"


async def test_another_schemas_relays_do_not_count(database: Database, service: ServiceDatabase) -> None:
    admin = await asyncpg.connect(service.admin_dsn)
    await admin.execute("create schema elsewhere; grant usage on schema elsewhere to platform_app")
    await admin.close()
    elsewhere = Database(service.app_dsn, "elsewhere")
    async with relays(database, 1) as (ours,):
        other = await elsewhere.session()
        try:
            await other.execute(
                f"select pg_advisory_lock_shared({pending_module._LOCK_OF}, {pending_module.EVERY_RELAY})"
            )
            assert await other.fetchval(
                "select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'"
            )
            assert await settle(ours) == [16]
        finally:
            other.terminate()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_the_shards_of_a_process_that_is_killed_or_stopped_are_taken_over(
    database: Database, service: ServiceDatabase, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        ONE_RELAY
        if how is signal.SIGKILL
        else ONE_RELAY.replace(
            "async def main",
            "from koppel.platform.outbox import pending\npending._SILENT_FOR = '1s'\nasync def main",
        )
    )
    process = subprocess.Popen(  # noqa: ASYNC220  (returns at once)
        [sys.executable, "-c", script, service.app_dsn], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"16\n"
        async with relays(database, 1) as (ours,):

            async def fair() -> bool:
                return await settle(ours) == [8]

            await eventually(fair, within=10)
            os.kill(process.pid, how)

            async def took_over() -> bool:
                return await settle(ours) == [16]

            await eventually(took_over, within=10)
    finally:
        process.kill()
        process.communicate()


async def test_one_shard_is_read_by_its_holder_alone(database: Database, organisation: Organisation) -> None:
    others = [Organisation() for _ in range(40)]
    async with database.system() as connection:
        await EventLog(connection).append(*(each.renamed("x") for each in [organisation, *others]))
    async with relays(database, 2) as (first, second):
        await settle(first, second)
        rows = [{row["seq"] for row in await each.read(0, 100)} for each in (first, second)]
        assert rows[0].isdisjoint(rows[1])
        assert len(rows[0] | rows[1]) == 41
