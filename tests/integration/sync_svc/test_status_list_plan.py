"""What a page of the list of administrations reads: its own rows, however many the organisation and others have."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from tests.integration.plans import carried_out, rows_read

from koppel.platform.database import Database
from koppel.testing.databases import service_database
from sync_svc.adapters.postgres.statuses import STATUS_PAGES
from sync_svc.application.views import StatusOrder

_PAGE = 10
_FILL = """
with company as (
    insert into administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id,
                                imported_at, name)
    select gen_random_uuid(), organisation.id, gen_random_uuid(), gen_random_uuid(), 'eaccounting', 'company', now(),
           'Company ' || number
    from (select gen_random_uuid() as id from generate_series(1, 20)) organisation, generate_series(1, 200) number
    returning administration_id, organisation_id
), run as (
    insert into sync_run (run_id, organisation_id, administration_id, trigger, mode, lane, state, requested_by,
                          requested_at, started_at, outcome, finished_at)
    select gen_random_uuid(), organisation_id, administration_id, 'user', 'full', 2, 'finished', 'tester', now(),
           now(), 'changed', now() + number * interval '1 second'
    from company, generate_series(1, 3) number
)
select organisation_id from company limit 1
"""


@pytest.fixture
async def filled(postgres_server: str) -> AsyncIterator[tuple[Database, UUID]]:
    """Four thousand administrations of twenty organisations, one of which is named."""
    async with service_database(postgres_server, "sync", "sync_svc") as made:
        database = made.open(max_size=1)
        await database.open()
        async with database.system() as connection:
            organisation = await connection.fetchval(_FILL)
        owner = await asyncpg.connect(made.owner_dsn, server_settings={"search_path": "sync"})
        await owner.execute("analyze administration")
        await owner.close()
        yield database, organisation
        await database.close()


async def read_of_page(database: Database, organisation: UUID, order: StatusOrder | None) -> dict[str, float]:
    """Rows that the page reads, by table."""
    nothing = [None] * 6
    async with database.transaction(organisation) as connection:
        steps = await carried_out(connection, STATUS_PAGES[order], organisation, *nothing, _PAGE)
    read: dict[str, float] = {}
    for step in steps:
        if table := step.get("Relation Name"):
            read[table] = read.get(table, 0) + rows_read(step)
    return read


@pytest.mark.parametrize("order", [None, StatusOrder.NAME, StatusOrder.NAME_REVERSED])
async def test_a_page_reads_its_own_rows(filled: tuple[Database, UUID], order: StatusOrder | None) -> None:
    read = await read_of_page(*filled, order)
    assert read["administration"] <= _PAGE
    assert read["sync_run"] <= 2 * _PAGE, "two hundred administrations have six hundred runs"
