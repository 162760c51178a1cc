"""One schema that plays both sides: the owner's log and replays, and the consumer that gets them."""

from collections.abc import AsyncIterator

import pytest
from tests.session.databases import EFFECT

from koppel.platform.database import Database

from .stage import Stage


@pytest.fixture(scope="module")
def more_tables() -> str:
    return EFFECT


@pytest.fixture(scope="module")
def connections() -> int:
    return 10


@pytest.fixture
async def stage(database: Database) -> AsyncIterator[Stage]:
    made = Stage(database)
    yield made
    await made.stop()
