"""The platform's tables, a table for effects, a consumer of its own for every test, and its operators' calls."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from tests.session.apps import MakeApp
from tests.session.databases import EFFECT

from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.database import Database
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.operations import ROUTERS, Operations, install
from koppel.testing.tokens import TokenIssuer

from .situation import Situation

Caller = Callable[..., httpx.AsyncClient]


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


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture
def operations(situation: Situation) -> Operations:
    made = Operations(situation.database, "test-svc")
    made.consumes(situation.subscriptions, situation.policy)
    return made


@pytest.fixture
def app(operations: Operations, issuer: TokenIssuer, tmp_path: Path, make_app: MakeApp) -> FastAPI:
    keys = JwksFile(issuer.write_jwks(tmp_path / "jwks.json"))
    authenticator = Authenticator(issuer.issuer, issuer.audience, keys)
    return install(make_app("test-svc", ROUTERS, authenticator, None), operations)


@pytest.fixture
async def person(app: FastAPI, issuer: TokenIssuer) -> AsyncIterator[Caller]:
    """Makes clients of persons with the rights that are given."""
    made: list[httpx.AsyncClient] = []

    def client(*rights: str, user: UUID | None = None) -> httpx.AsyncClient:
        token = issuer.person(rights=rights, user=user or new_id())
        made.append(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://test",
                headers={"Authorization": f"Bearer {token}"},
            )
        )
        return made[-1]

    yield client
    for each in made:
        await each.aclose()


@pytest.fixture
def operator(person: Caller) -> httpx.AsyncClient:
    return person("operator")
