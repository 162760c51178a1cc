"""What the forecast of calls reads: an administration's last runs, however many it had, also where none made a call."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from tests.integration.plans import carried_out, rows_read

from koppel.platform.database import Database
from koppel.testing.databases import service_database
from sync_svc.adapters.postgres.policies import PLANNED
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork

_ADMINISTRATIONS, _LAST = 20, 50
_FILL = f"""
with company as (
    insert into administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id,
                                imported_at, name)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'eaccounting', 'company', now(),
           'Company ' || number
    from generate_series(1, {_ADMINISTRATIONS}) number
    returning administration_id, organisation_id
), policy as (
    insert into sync_policy (administration_id, organisation_id, enabled, interval_minutes, next_due_at)
    select administration_id, organisation_id, true, 60, now() from company
)
insert into sync_run (run_id, organisation_id, administration_id, trigger, mode, lane, state, requested_by, requested_at,
                      started_at, outcome, finished_at, calls)
select gen_random_uuid(), organisation_id, administration_id, 'schedule', mode, 2, 'finished', 'tester', now(), now(),
       'failed', now() + number * interval '1 second', case when number in (1, 298, 299) then number else 0 end
from company, generate_series(1, 300) number, unnest(array['full', 'incremental']) mode
"""


@pytest.fixture
async def filled(postgres_server: str) -> AsyncIterator[Database]:
    async with service_database(postgres_server, "sync", "sync_svc") as made:
        database = made.open(max_size=1)
        await database.open()
        async with database.system() as connection:
            await connection.execute(_FILL)
        owner = await asyncpg.connect(made.owner_dsn, server_settings={"search_path": "sync"})
        await owner.execute("analyze")
        await owner.close()
        yield database
        await database.close()


async def test_a_forecast_reads_the_last_runs_of_each_administration(filled: Database) -> None:
    async with filled.system() as connection:
        steps = await carried_out(connection, PLANNED, "eaccounting")
    read = sum(rows_read(step) for step in steps if step.get("Relation Name") == "sync_run")
    assert 0 < read <= 2 * _LAST * _ADMINISTRATIONS
    async with PostgresUnitOfWork(filled).begin(None) as tx:
        planned = await tx.policies.planned("eaccounting", 7)
    assert {(each.calls, len(planned)) for each in planned} == {(298, _ADMINISTRATIONS)}
