"""sync-svc's own code on a real PostgreSQL, at every provider's sandbox over HTTP."""

from collections.abc import AsyncIterator

import pytest
from tests.unit.conformance.stand import Stand

from koppel.platform.database import Database
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.port import Provider

from .reader import Reader


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "sync", "sync_svc"


@pytest.fixture(scope="module")
def connections() -> int:
    return 6


@pytest.fixture(params=PROVIDERS.values(), ids=lambda each: each.profile.id)
def played(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.param
    return found


@pytest.fixture
async def reader(played: Provider, database: Database) -> AsyncIterator[Reader]:
    """An organisation whose one administration is the first company of the provider's sandbox."""
    stand = Stand(played, rate_limit_per_minute=0)
    await stand.start()
    made = Reader(database, stand)
    await made.arrive()
    yield made
    await made.close()
    await stand.http.aclose()
