"""`python -m tests.bench.herd [--administrations N]`: calls that are asked for after a day's stop, beside the forecast and the window.

Ten thousand administrations that synchronise every hour were not asked for a day. The scheduler looks every second, on a
PostgreSQL of its own; each look stands for a second here, however soon the next one follows.
"""

import argparse
import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from tests.integration.sync_svc.provider import Provider

from koppel.platform.database import Database
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.profile import Shares
from koppel.testing.databases import service_database
from koppel_local.postgres.server import PostgresServer
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.application.request_syncs import request_due_syncs
from sync_svc.domain.forecast import by_minute, calls_a_minute

_CALLS = 10
"""Of a sync, one for each listing: no run is known yet."""
_SECONDS = 60
_MANY = """
with made as (
    insert into administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id, imported_at)
    select gen_random_uuid(), md5((number % 50)::text)::uuid, gen_random_uuid(), gen_random_uuid(), 'eaccounting',
           number::text, now()
    from generate_series(1, $1) as number returning administration_id, organisation_id
)
insert into sync_policy (administration_id, organisation_id, enabled, interval_minutes, next_due_at)
select administration_id, organisation_id, true, 60, now() - interval '1 day' + random() * interval '1 hour' from made
"""
_ASKED = "select count(*), count(distinct key) from event_log where type = 'nl.koppel.SyncRequested.v1'"


@dataclass(frozen=True, slots=True)
class Herd:
    """By minute: calls of the syncs that were asked for, and those that the forecast told before."""

    asked: list[int]
    told: list[int]
    of_different: int
    planned_ms: float


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.herd", description=__doc__)
    parser.add_argument("--administrations", type=int, default=10_000, metavar="N")
    asked = parser.parse_args().administrations
    with tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder:
        server = PostgresServer(Path(folder), say=lambda _: None)
        server.start()
        try:
            found = asyncio.run(_measure(server, asked))
        finally:
            server.stop()
    window = calls_a_minute(EACCOUNTING.profile.windows, _CALLS, asked, Shares().for_sync)
    print("| Calls a minute | Asked for | Forecast | Window |")
    print("|---|---|---|---|")
    print(f"| first minute after a day's stop | {found.asked[0]:,} | {found.told[0]:,} | {window:,} |")
    print(
        f"| fullest minute of the hour after | {max(found.asked[1:]):,} | {max(found.told[1:61]):,} | {window:,} |"
    )
    again = found.asked[0] - found.of_different
    print(f"| of the first, due anew within that minute | {again} | {found.told[0] - asked * _CALLS:,} | |")
    print(f"\nThe forecast took {found.planned_ms:.0f} ms.")


async def _measure(server: PostgresServer, administrations: int) -> Herd:
    async with service_database(server.dsn, "sync", "sync_svc") as made:
        database = made.open(max_size=4)
        await database.open()
        try:
            return await _after_a_stop(database, administrations)
        finally:
            await database.close()


async def _after_a_stop(database: Database, administrations: int) -> Herd:
    async with database.system() as connection:
        await connection.execute(_MANY, administrations)
    work, provider = PostgresUnitOfWork(database), Provider()
    async with work.begin(None) as tx:
        begins, started = tx.now, perf_counter()
        told = by_minute(await tx.policies.planned("eaccounting", _CALLS), begins)
        planned_ms = (perf_counter() - started) * 1000
    for _ in range(_SECONDS):
        async with work.begin(None) as tx:
            await request_due_syncs(tx, provider)
    async with database.system() as connection:
        [row] = await connection.fetch(_ASKED)
        due = await connection.fetch("select next_due_at from sync_policy")
    this_minute = begins.replace(second=0, microsecond=0)
    later = Counter((each["next_due_at"] - this_minute) // timedelta(minutes=1) for each in due)
    asked = [row[0], *(later[minute] for minute in range(1, 61))]
    return Herd([syncs * _CALLS for syncs in asked], told, row[1] * _CALLS, planned_ms)


if __name__ == "__main__":
    main()
