"""An issuer, a clock and an application that the tests of this folder share."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter

from koppel.platform.health import Health
from koppel.platform.http import create_app
from koppel.platform.identity import DEFAULT_ACCESS, Authenticator, JwksFile, ServiceAccess
from koppel.testing.tokens import TokenIssuer

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@dataclass
class SetClock:
    """Stands still until moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture(scope="session")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def authenticator(issuer: TokenIssuer, clock: SetClock, tmp_path: Path) -> Authenticator:
    keys = JwksFile(issuer.write_jwks(tmp_path / "jwks.json"))
    return Authenticator(issuer.issuer, issuer.audience, keys, clock)


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def serve(authenticator: Authenticator, health: Health) -> Serve:
    """An application with the given routes, behind an HTTP client."""

    @asynccontextmanager
    async def served(
        router: APIRouter, *, service_access: ServiceAccess = DEFAULT_ACCESS
    ) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(
            "test-svc",
            version="1",
            routers=[router],
            authenticator=authenticator,
            health=health,
            service_access=service_access,
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client

    return served
