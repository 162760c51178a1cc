"""Organisations do not see each other, whatever a query forgets."""

import asyncpg
import pytest

from koppel.kernel.ids import new_id
from koppel.testing.databases import ServiceDatabase

from .organisation import Companies, Organisation

TABLES = (
    "connection",
    "connection_grant",
    "import_session",
    "grant_discovery",
    "candidate",
    "administration",
    "administration_access",
    "company_check",
    "registry_use",
    "seen_company",
)


@pytest.mark.parametrize("table", TABLES)
async def test_row_level_security_is_forced_on_every_table(schema: ServiceDatabase, table: str) -> None:
    connection = await asyncpg.connect(schema.admin_dsn)
    try:
        row = await connection.fetchrow(
            "select relrowsecurity, relforcerowsecurity from pg_class where oid = ('import.' || $1)::regclass",
            table,
        )
    finally:
        await connection.close()
    assert row is not None
    assert row["relrowsecurity"]
    assert row["relforcerowsecurity"]


async def test_no_table_of_the_service_was_forgotten(schema: ServiceDatabase) -> None:
    connection = await asyncpg.connect(schema.admin_dsn)
    try:
        rows = await connection.fetch(
            """
            select distinct table_name::text from information_schema.columns
            where table_schema = 'import' and column_name = 'organisation_id' and table_name not like 'event_log%'
            """
        )
    finally:
        await connection.close()
    assert {row["table_name"] for row in rows} >= set(TABLES)
    assert {row["table_name"] for row in rows} - set(TABLES) <= {
        "audit_entry",
        "organisation_read",
        "call_spend",
        "idempotency_key",
        "parked_event",
        "held_event",
        "replay",
        "replay_snapshot",
    }


async def test_another_organisation_sees_no_row(organisation: Organisation) -> None:
    connection_id = await organisation.connect([new_id()])
    await organisation.confirm(await organisation.selected(connection_id, Companies()))
    stranger = Organisation(organisation.database)
    for table in TABLES:
        assert await organisation.count(f"select count(*) from {table}") == 1, table
        assert await stranger.count(f"select count(*) from {table}") == 0, table
