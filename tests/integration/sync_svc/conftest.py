"""Offices on a real PostgreSQL."""

from collections.abc import Awaitable, Callable

import pytest

from koppel.platform.database import Database

from .office import Office


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "sync", "sync_svc"


@pytest.fixture(scope="module")
def connections() -> int:
    return 12


@pytest.fixture
def new_office(database: Database) -> Callable[[], Awaitable[Office]]:
    """Another organisation each time."""
    return lambda: Office(database).arrive()


@pytest.fixture
async def office(new_office: Callable[[], Awaitable[Office]]) -> Office:
    return await new_office()
