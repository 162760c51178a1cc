"""Who stands still must not make others stand still."""

import asyncpg
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import WITHIN, Stage, expect, running

from koppel.testing.eventually import eventually


@scenario(criterion=6)
async def idle_transactions_elsewhere_do_not_stall_the_relay(stage: Stage) -> None:
    """One in this database with a transaction id, one in another database of the same server."""
    postgres = stage.service.admin_dsn.rpartition("/")[0] + "/postgres"
    idle = [await asyncpg.connect(dsn) for dsn in (stage.service.admin_dsn, postgres)]
    try:
        for connection in idle:
            await connection.execute("begin")
            await connection.execute("select pg_current_xact_id()")
        async with running(stage.relay()):
            for number in range(5):
                await stage.write("k", f"k-{number}")
            await stage.drained()
    finally:
        for connection in idle:
            await connection.close()
    await stage.judge()


@scenario(criterion=6)
async def relay_without_shards_holds_nothing_while_it_waits(stage: Stage) -> None:
    """Whoever waits for a lock holds a snapshot, which holds up every vacuum."""
    blocked = "select exists (select 1 from pg_locks where not granted and locktype = 'advisory')"
    connection = await stage.ledger.connect()
    try:
        async with running(stage.relay()):
            await stage.write("k", "k-1")
            await stage.drained()
            turns: list[None] = []

            async def has_tried() -> bool:
                return len(turns) > 5 or await connection.fetchval(blocked)

            async with running(stage.relay(beat=lambda: turns.append(None))):
                await eventually(has_tried, within=WITHIN)
                expect(
                    "waits for a lock", not await connection.fetchval(blocked), "a relay waits for a shard"
                )
                await stage.write("k", "k-2")
                await stage.drained()
    finally:
        await connection.close()
    await stage.judge()


@scenario(criterion=6)
async def session_of_ours_may_not_rest_in_a_transaction(stage: Stage) -> None:
    """The server ends it within half a minute, since its locks and its snapshot are in everybody's way."""
    database = stage.service.open()
    await database.open()
    try:
        async with database.system() as connection:
            milliseconds = await connection.fetchval(
                "select setting::int from pg_settings where name = 'idle_in_transaction_session_timeout'"
            )
    finally:
        await database.close()
    expect("rests for ever", 0 < milliseconds <= 30_000, f"{milliseconds} ms")
