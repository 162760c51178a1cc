"""What a page of the list of administrations reads: its own rows, however many the organisation and others have."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from tests.integration.plans import carried_out, rows_read

from import_svc.adapters.postgres import administrations
from import_svc.domain.administration import AdministrationOrder
from koppel.platform.database import Database
from koppel.testing.databases import service_database

_PAGE = 10
_FILL = """
with made as (
    select gen_random_uuid() as id, gen_random_uuid() as connection_id, gen_random_uuid() as session_id, number
    from generate_series(0, 19) number
), connected as (
    insert into connection (id, organisation_id, provider, name, state)
    select connection_id, id, 'eaccounting', 'Office', 'active' from made
), imported as (
    insert into import_session (id, organisation_id, connection_id, provider, state, created_by, created_at,
                                settle_at, expires_at)
    select session_id, id, connection_id, 'eaccounting', 'imported', 'tester', now(), now(), now() from made
), company as (
    insert into administration (id, organisation_id, connection_id, grant_id, provider, external_id, name, state,
                                kvk_number, import_session_id, imported_by, imported_at)
    select gen_random_uuid(), made.id, connection_id, gen_random_uuid(), 'eaccounting', company::text,
           'Company ' || company, 'active', lpad(company::text, 8, '0'), session_id, 'tester', now()
    from made, generate_series(1, 200) company
)
select id from made limit 1
"""


@pytest.fixture
async def filled(postgres_server: str) -> AsyncIterator[tuple[Database, UUID]]:
    """Four thousand administrations of twenty organisations, one of which is named."""
    async with service_database(postgres_server, "import", "import_svc") as made:
        database = made.open(max_size=1)
        await database.open()
        async with database.system() as connection:
            organisation = await connection.fetchval(_FILL)
        owner = await asyncpg.connect(made.owner_dsn, server_settings={"search_path": "import"})
        await owner.execute("analyze administration")
        await owner.close()
        yield database, organisation
        await database.close()


async def read_of_page(database: Database, organisation: UUID, order: AdministrationOrder | None) -> float:
    """Rows of `administration` that the page reads; state `active`, nothing else asked for."""
    given = ["active", None, None, None, None, organisation, None, None, _PAGE]
    async with database.transaction(organisation) as connection:
        steps = await carried_out(connection, administrations._PAGES[order], *given)
    return sum(rows_read(step) for step in steps if step.get("Relation Name") == "administration")


@pytest.mark.parametrize("order", [None, AdministrationOrder.NAME, AdministrationOrder.NAME_DOWN])
async def test_a_page_reads_its_own_rows(
    filled: tuple[Database, UUID], order: AdministrationOrder | None
) -> None:
    assert await read_of_page(*filled, order) <= 2 * _PAGE, "each row, and itself as its own twin"
