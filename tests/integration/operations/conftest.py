"""The platform's tables, a table for effects, and a consumer of its own for every test."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database

from .situation import Situation


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
def situation(database: Database) -> Situation:
    """Retries are due at once; three attempts."""
    return Situation(database, f"test-{new_id()}", RetryPolicy(first=timedelta(0), attempts=3))
