"""A migrated schema with the platform's tables, and streams that no other test uses."""

from collections.abc import AsyncIterator

import pytest

from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database
from koppel.testing.organisations import Organisation


@pytest.fixture
async def service(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    async with service_database(postgres_server, "platform", "koppel.testing.platform_only") as created:
        yield created


@pytest.fixture
async def database(service: ServiceDatabase) -> AsyncIterator[Database]:
    opened = service.open()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def organisation() -> Organisation:
    return Organisation()


@pytest.fixture
def consumer_name() -> str:
    return f"test-{new_id()}"
