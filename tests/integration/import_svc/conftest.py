"""A migrated import schema for all tests here; every test has an organisation of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database

from .office import Office


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def schema(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    async with service_database(postgres_server, "import", "import_svc") as created:
        yield created


@pytest.fixture
async def database(schema: ServiceDatabase) -> AsyncIterator[Database]:
    opened = schema.open()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)
