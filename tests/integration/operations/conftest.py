"""The platform's tables, a table for effects, and a consumer of its own for every test."""

from datetime import timedelta

import pytest
from tests.session.databases import EFFECT

from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.database import Database

from .situation import Situation


@pytest.fixture(scope="module")
def more_tables() -> str:
    return EFFECT


@pytest.fixture(scope="module")
def connections() -> int:
    return 10


@pytest.fixture
def situation(database: Database) -> Situation:
    """Retries are due at once; three attempts."""
    return Situation(database, f"test-{new_id()}", RetryPolicy(first=timedelta(0), attempts=3))
