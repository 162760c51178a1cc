"""The platform's tables, a table for effects, and a consumer with a lane for every test."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database

from .target import Target


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    async with service_database(postgres_server, "platform", "koppel.testing.platform_only") as created:
        owner = await asyncpg.connect(created.owner_dsn)
        await owner.execute(
            "create table platform.effect "
            "(id bigint generated always as identity, consumer text not null, name text not null)"
        )
        await owner.close()
        yield created


@pytest.fixture
async def database(service: ServiceDatabase) -> AsyncIterator[Database]:
    opened = service.open(max_size=10)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def target(database: Database) -> Target:
    return Target(database, f"test-{new_id()}")
