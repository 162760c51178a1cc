"""An index of a partitioned table is built partition by partition while others write."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from koppel.kernel.errors import Permanent
from koppel.platform.migrations import migrate
from koppel.testing.databases import ServiceDatabase
from koppel.testing.eventually import eventually

TABLE, INDEX = "0001_pre_table.sql", "0002_pre_index.sql"
PARTED = """
create table parted (day int, a int) partition by range (day);
create table parted_1 partition of parted for values from (1) to (2);
create table parted_2 partition of parted for values from (2) to (3);
"""
BUILD = "create unique index concurrently if not exists parted_a on parted (day, a) where a > 0;"
VALID = """
select count(*) filter (where indisvalid), count(*) from pg_index
where indrelid::regclass::text like '%parted%'
"""

Made = Callable[..., str]


async def _migrated(service: ServiceDatabase, package: str) -> None:
    await migrate(service.owner_dsn, service.schema, package)


async def _as_owner(service: ServiceDatabase, *statements: str) -> tuple[int, int]:
    """How many of the table's indexes are valid, and how many there are, after the statements."""
    connection = await asyncpg.connect(
        service.owner_dsn, server_settings={"search_path": service.schema, "koppel.organisation": "system"}
    )
    try:
        for statement in statements:
            await connection.execute(statement)
        row = await connection.fetchrow(VALID)
        return (row[0], row[1]) if row else (0, 0)
    finally:
        await connection.close()


async def test_every_partition_has_it_and_those_to_come(service: ServiceDatabase, package: Made) -> None:
    await _migrated(service, package(**{TABLE: f"{PARTED} insert into parted values (1, 1), (2, 1)"}))
    await _migrated(service, package(**{INDEX: BUILD}))
    assert await _as_owner(service) == (3, 3)
    later = "create table parted_3 partition of parted for values from (3) to (4)"
    assert await _as_owner(service, later) == (4, 4)


async def test_an_empty_table_has_it_at_once(service: ServiceDatabase, package: Made) -> None:
    await _migrated(service, package(**{TABLE: PARTED, INDEX: BUILD}))
    assert await _as_owner(service) == (3, 3)


async def test_it_is_built_while_a_writer_holds_a_partition(service: ServiceDatabase, package: Made) -> None:
    await _migrated(service, package(**{TABLE: f"{PARTED} insert into parted values (1, 1)"}))
    writer = await asyncpg.connect(service.owner_dsn)
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute(f"insert into {service.schema}.parted_1 values (1, 2)")
    building = asyncio.create_task(_migrated(service, package(**{INDEX: BUILD})))

    async def waits() -> bool:
        valid, indexes = await _as_owner(service)
        return valid < indexes == 2

    await eventually(waits)
    await writer.execute(f"insert into {service.schema}.parted_1 values (1, 3)")
    await transaction.commit()
    await writer.close()
    await building
    assert await _as_owner(service) == (3, 3)


async def test_what_a_failed_try_left_is_gone_on_from(service: ServiceDatabase, package: Made) -> None:
    rows = "insert into parted values (1, 1), (2, 1), (2, 1)"
    await _migrated(service, package(**{TABLE: f"{PARTED} {rows}"}))
    made = package(**{INDEX: BUILD})
    with pytest.raises(Permanent, match="migration_refused"):
        await _migrated(service, made)
    await _as_owner(service, "delete from parted where day = 2")
    await _migrated(service, made)
    assert await _as_owner(service) == (3, 3)
