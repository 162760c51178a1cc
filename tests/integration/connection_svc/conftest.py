"""A migrated connection schema, shared by the tests; every test has organisations of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from connection_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def schema(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    async with service_database(postgres_server, "connection", "connection_svc") as created:
        yield created


@pytest.fixture
async def database(schema: ServiceDatabase) -> AsyncIterator[Database]:
    opened = schema.open()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def unit_of_work(database: Database) -> PostgresUnitOfWork:
    return PostgresUnitOfWork(database)
