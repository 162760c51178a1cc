"""Offices on a real PostgreSQL."""

from collections.abc import Awaitable, Callable

import pytest

from koppel.platform.database import Database
from koppel.providers import failures

from .organisation import Organisation
from .paused import Ill, PausedProvider


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "sync", "sync_svc"


@pytest.fixture(scope="module")
def connections() -> int:
    return 12


@pytest.fixture
def new_organisation(database: Database) -> Callable[[], Awaitable[Organisation]]:
    """Another organisation each time."""
    return lambda: Organisation(database).arrive()


@pytest.fixture
async def organisation(new_organisation: Callable[[], Awaitable[Organisation]]) -> Organisation:
    return await new_organisation()


@pytest.fixture
async def provider(new_organisation: Callable[[], Awaitable[Organisation]]) -> PausedProvider:
    organisations = [await new_organisation() for _ in range(5)]
    ill = Ill(failures.UNAVAILABLE)
    for each in organisations:
        each.provider.add_customers(2)
        each.provider.fault = ill
        await each.rows(
            "update administration set provider = $2 where administration_id = $1 returning 1",
            organisations[0].provider_id,
        )
    return PausedProvider(organisations, ill)
