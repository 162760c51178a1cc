"""What a grant reads: a step of an index for each organisation that waits, whatever else the table holds."""

from collections.abc import AsyncIterator

import pytest
from tests.integration.plans import carried_out, rows_read

from koppel.platform.database import Database
from koppel.testing.databases import service_database
from sync_svc.adapters.postgres import turns

_FILL = """
with company as (
    insert into administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id,
                                imported_at)
    select gen_random_uuid(), organisation.id, gen_random_uuid(), gen_random_uuid(), 'eaccounting', 'company', now()
    from (select gen_random_uuid() as id from generate_series(1, 20)) organisation, generate_series(1, $1)
    returning administration_id, organisation_id
)
insert into sync_run (run_id, organisation_id, administration_id, trigger, mode, lane, state, requested_by, requested_at,
                      outcome, finished_at)
select gen_random_uuid(), organisation_id, administration_id, 'user', 'full', 2, $2, 'tester', now(),
       case when $2 = 'finished' then 'changed' end, case when $2 = 'finished' then now() end
from company
"""
_ARGUMENTS = {
    "$1": "'owner'", "$2": "interval '10 s'", "$3": "8", "$4": "'{0,200,100}'", "$5": "'{}'", "$6": "null::uuid",
}  # fmt: skip


@pytest.fixture
async def database(postgres_server: str) -> AsyncIterator[Database]:
    async with service_database(postgres_server, "sync", "sync_svc") as made:
        opened = made.open(max_size=1)
        await opened.open()
        yield opened
        await opened.close()


async def test_a_grant_reads_no_more_of_a_long_queue_and_a_long_history(database: Database) -> None:
    statement = turns._GRANT
    for name, value in _ARGUMENTS.items():
        statement = statement.replace(name, value)
    async with database.system() as connection:
        await connection.execute(_FILL, 100, "finished")
        await connection.execute(_FILL, 100, "queued")
        await connection.execute(turns._LOCK_PRIORITIES)
        steps = await carried_out(connection, statement)
    of_runs = [step for step in steps if step.get("Relation Name") == "sync_run"]
    scans = [step for step in of_runs if "Scan" in step["Node Type"]]
    assert {step["Node Type"] for step in scans} <= {"Index Scan", "Index Only Scan"}
    assert sum(map(rows_read, scans)) < 3 * 20, "twenty organisations wait, with two thousand runs"
