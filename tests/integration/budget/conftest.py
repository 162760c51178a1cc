"""A ledger on a real database, and windows as small as a test wants them."""

from collections.abc import AsyncIterator, Callable

import pytest

from koppel.kernel.ids import new_id
from koppel.platform.budget import PostgresBudget
from koppel.platform.database import Database
from koppel.ports.budget import ScopedWindow, Spender
from koppel.testing.databases import ServiceDatabase, service_database


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
def spender() -> Spender:
    return Spender(
        provider="exact_online",
        organisation_id=new_id(),
        grant_id=new_id(),
        endpoint="customers",
        company="7",
        administration_id=new_id(),
    )


@pytest.fixture
def budget_of(database: Database) -> Callable[..., PostgresBudget]:
    """A ledger with these windows, for every spender alike."""

    def made(*windows: ScopedWindow, most: int = 10, on: Database | None = None) -> PostgresBudget:
        return PostgresBudget(on or database, lambda _: windows, most=most)

    return made
