"""The platform's tables, a table for effects, and a consumer with a replay topic for every test."""

import pytest
from tests.session.databases import EFFECT

from koppel.kernel.ids import new_id
from koppel.platform.database import Database

from .target import Target


@pytest.fixture(scope="module")
def more_tables() -> str:
    return EFFECT


@pytest.fixture(scope="module")
def connections() -> int:
    return 10


@pytest.fixture
def target(database: Database) -> Target:
    return Target(database, f"test-{new_id()}")
