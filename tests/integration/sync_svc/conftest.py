"""Offices on a real PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database

from .office import Office


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def schema(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    async with service_database(postgres_server, "sync", "sync_svc") as created:
        yield created


@pytest.fixture
async def database(schema: ServiceDatabase) -> AsyncIterator[Database]:
    opened = schema.open(max_size=12)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def new_office(database: Database) -> Callable[[], Awaitable[Office]]:
    """Another organisation each time."""
    return lambda: Office(database).arrive()


@pytest.fixture
async def office(new_office: Callable[[], Awaitable[Office]]) -> Office:
    return await new_office()
