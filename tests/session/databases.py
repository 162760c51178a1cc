"""A database for each file of tests. A folder says in its conftest whose schema it holds, and what else."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database

EFFECT = """create table platform.effect (
    id bigint generated always as identity, consumer text not null, name text not null
)"""
"""Where handlers of tests leave what they did."""


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    """The schema and the package with its migrations; the platform's tables alone, unless a folder says otherwise."""
    return "platform", "koppel.testing.platform_only"


@pytest.fixture(scope="module")
def more_tables() -> str:
    """SQL that the schema's owner runs after the migrations."""
    return ""


@pytest.fixture(scope="module")
def connections() -> int:
    """The size of the pool of `database`."""
    return 6


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def schema(
    postgres_server: str, migrations: tuple[str, str], more_tables: str
) -> AsyncIterator[ServiceDatabase]:
    """Shared by the tests of a file: each has organisations of its own."""
    async with service_database(postgres_server, *migrations) as created:
        if more_tables:
            owner = await asyncpg.connect(created.owner_dsn)
            await owner.execute(more_tables)
            await owner.close()
        yield created


@pytest.fixture
async def database(schema: ServiceDatabase, connections: int) -> AsyncIterator[Database]:
    opened = schema.open(max_size=connections)
    await opened.open()
    yield opened
    await opened.close()
