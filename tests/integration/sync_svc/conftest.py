"""Offices on a real PostgreSQL."""

from collections.abc import Awaitable, Callable

import pytest

from koppel.platform.database import Database

from .organisation import Organisation


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
