"""One schema that plays both sides: the owner's log and replays, and the consumer that gets them."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database

from .stage import Stage


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
async def stage(database: Database) -> AsyncIterator[Stage]:
    made = Stage(database)
    yield made
    await made.stop()
