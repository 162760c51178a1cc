"""What a look for runs that pauses hold goes through: the pauses, and not a long queue."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from koppel.kernel.ids import new_id
from koppel.platform.database import Connection, Database
from koppel.testing.databases import service_database
from sync_svc.adapters.postgres import pauses

_QUEUED = 2_000
_FILL = """
with company as (
    insert into administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id, imported_at)
    select gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), 'eaccounting', 'company', now()
    from generate_series(1, $2)
    returning administration_id
)
insert into sync_run (run_id, organisation_id, administration_id, trigger, mode, lane, state, requested_by, requested_at)
select gen_random_uuid(), $1, administration_id, 'user', 'full', 2, 'queued', 'tester', now() from company
"""
_PAUSE = """
insert into sync_pause (scope, id, organisation_id, rule, failure, resumes_when)
select 'administration', administration_id, organisation_id, 'a rule', '{}', 'probe' from administration limit $1
"""


@pytest.fixture
async def database(postgres_server: str) -> AsyncIterator[Database]:
    """A hundred runs wait, as its statistics say."""
    async with service_database(postgres_server, "sync", "sync_svc") as made:
        opened = made.open(max_size=1)
        await opened.open()
        async with opened.system() as connection:
            await connection.execute(_FILL, new_id(), 100)
        owner = await asyncpg.connect(made.owner_dsn, server_settings={"search_path": "sync"})
        await owner.execute("analyze sync_run")
        await owner.close()
        yield opened
        await opened.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


async def scans(connection: Connection, table: str, statement: str) -> list[dict[str, Any]]:
    """What the statement did with the table."""
    explained = await connection.fetchval(f"explain (analyze, format json) {statement}")
    plan = json.loads(explained) if isinstance(explained, str) else explained
    return [node for node in nodes(plan[0]["Plan"]) if node.get("Relation Name") == table]


@pytest.mark.parametrize("paused", [0, 1])
async def test_setting_held_runs_aside_goes_from_the_pauses_to_their_runs(
    database: Database, paused: int
) -> None:
    async with database.system() as connection:
        await connection.execute(_FILL, new_id(), _QUEUED)
        await connection.execute(_PAUSE, paused)
        of_pauses = await scans(connection, "sync_pause", pauses._SET_HELD_ASIDE)
        set_aside = await connection.fetchval("select count(*) from sync_run where waiting_for = 'pause'")
    assert sum(node["Actual Loops"] for node in of_pauses) < 20
    assert set_aside == paused
