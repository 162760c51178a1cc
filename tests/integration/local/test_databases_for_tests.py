"""Databases of tests are copies of one that was migrated."""

import asyncio
from uuid import uuid4

import asyncpg

from koppel.platform.migrations import migrate
from koppel.testing.databases import service_database

PACKAGE = "koppel.testing.platform_only"


async def test_a_copy_lacks_no_migration_and_is_nobody_elses(postgres_server: str) -> None:
    async with (
        service_database(postgres_server, "platform", PACKAGE) as one,
        service_database(postgres_server, "platform", PACKAGE) as other,
    ):
        assert await migrate(other.owner_dsn, "platform", PACKAGE) == []
        for database in (one, other):
            opened = await asyncpg.connect(database.owner_dsn)
            await opened.execute("insert into platform.stream_head values ('koppel.record.v1', 'one', 1)")
            assert await opened.fetchval("select count(*) from platform.stream_head") == 1
            await opened.close()


async def test_the_first_ones_of_a_schema_may_come_at_once(postgres_server: str) -> None:
    schema = f"platform_{uuid4().hex[:8]}"

    async def made() -> list[str]:
        async with service_database(postgres_server, schema, PACKAGE) as database:
            return await migrate(database.owner_dsn, schema, PACKAGE)

    assert not any(await asyncio.gather(made(), made(), made()))
