"""What pauses hold is found from the pauses, or asked of one run by its id: nobody goes through a long queue for it."""

from collections.abc import AsyncIterator, Mapping
from typing import TypeAlias

import asyncpg
import pytest
from tests.integration.plans import Node, carried_out

from koppel.kernel.ids import new_id
from koppel.platform.database import Connection, Database
from koppel.testing.databases import service_database
from sync_svc.adapters.postgres import pauses, turns, views

Known: TypeAlias = tuple[int, str]

_QUEUED = 2_000
_FILL = """
with company as (
    insert into administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id, imported_at)
    select gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), 'eaccounting', 'company', now()
    from generate_series(1, $2)
    returning administration_id
)
insert into sync_run (run_id, organisation_id, administration_id, trigger, mode, lane, state, requested_by, requested_at,
                      outcome, finished_at)
select gen_random_uuid(), $1, administration_id, 'user', 'full', 2, $3, 'tester', now(),
       case when $3 = 'finished' then 'changed' end, case when $3 = 'finished' then now() end
from company
"""
_PAUSE = """
insert into sync_pause (scope, id, organisation_id, rule, failure, resumes_when)
select 'administration', administration_id, organisation_id, 'a rule', '{}', 'probe' from administration limit $1
"""


_GRANT = {
    "$1": "'owner'", "$2": "interval '10 s'", "$3": "8", "$4": "'{0,200,100}'", "$5": "'{}'", "$6": "null::uuid",
}  # fmt: skip
_NEWEST = {f"${number}": "null" for number in range(2, 11)} | {"$11": "51"}


@pytest.fixture
async def database(postgres_server: str, known: Known) -> AsyncIterator[Database]:
    """With so many runs in this state, as its statistics say."""
    async with service_database(postgres_server, "sync", "sync_svc") as made:
        opened = made.open(max_size=1)
        await opened.open()
        async with opened.system() as connection:
            await connection.execute(_FILL, new_id(), *known)
        owner = await asyncpg.connect(made.owner_dsn, server_settings={"search_path": "sync"})
        await owner.execute("analyze sync_run")
        await owner.close()
        yield opened
        await opened.close()


async def scans(connection: Connection, table: str, statement: str) -> list[Node]:
    """What the statement did with the table."""
    steps = await carried_out(connection, statement)
    return [step for step in steps if step.get("Relation Name") == table]


def given(statement: str, arguments: Mapping[str, str]) -> str:
    """With its arguments in their places, `$1` after `$10`."""
    for name in sorted(arguments, key=len, reverse=True):
        statement = statement.replace(name, arguments[name])
    return statement


@pytest.mark.parametrize("known", [(100, "queued")])
@pytest.mark.parametrize("paused", [0, 1])
async def test_setting_held_runs_aside_goes_from_the_pauses_to_their_runs(
    database: Database, paused: int
) -> None:
    async with database.system() as connection:
        await connection.execute(_FILL, new_id(), _QUEUED, "queued")
        await connection.execute(_PAUSE, paused)
        of_pauses = await scans(connection, "sync_pause", pauses._SET_HELD_ASIDE)
        set_aside = await connection.fetchval("select count(*) from sync_run where waiting_for = 'pause'")
    assert sum(node["Actual Loops"] for node in of_pauses) < 20
    assert set_aside == paused


@pytest.mark.parametrize("known", [(5_000, "finished")])
async def test_a_burst_that_the_statistics_do_not_know_is_not_gone_through(database: Database) -> None:
    """As long as it takes until autovacuum looks again, which is for ever beside a long history."""
    organisation = new_id()
    async with database.system() as connection:
        await connection.execute(_FILL, organisation, _QUEUED, "queued")
        await connection.execute(turns._LOCK_PRIORITIES)
        page = given(views._RUNS, _NEWEST | {"$1": f"'{organisation}'"})
        for statement, most in ((given(turns._GRANT, _GRANT), 20), (page, 5 * 51)):
            of_pauses = await scans(connection, "sync_pause", statement)
            assert sum(node["Actual Loops"] for node in of_pauses) <= most
