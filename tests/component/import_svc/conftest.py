"""The service's real application, worker and consumer on a real database; the rest is replaced at HTTP level."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.session.apps import MakeApp

from import_svc.adapters.companies import ProviderCompanies
from import_svc.adapters.connection_svc import DiscoveryTokens
from import_svc.adapters.kvk import KvkRegister, kvk_http
from import_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from import_svc.application.ask_grants import DiscoveryLimits
from import_svc.application.look_up_company import forget_old_answers, look_up_wanted
from import_svc.entrypoints.events import subscriptions
from import_svc.entrypoints.http.context import Context
from import_svc.entrypoints.jobs import DiscoveryWorker
from import_svc.main import ROUTERS
from koppel.kernel.arrival import Patience
from koppel.kernel.retry import RetryPolicy
from koppel.platform.access_tokens import AccessTokenClient
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.leases import Leases
from koppel.providers.http import provider_http
from koppel.testing.budgets import NoLimit
from koppel.testing.tokens import TokenIssuer

from .arrivals import Arrivals
from .clocks import MovableClock
from .organisation import Organisation
from .outside import Outside
from .trade_register import Register

SETTLE = timedelta(milliseconds=50)


@pytest.fixture(scope="session")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
async def kvk(register: Register) -> AsyncIterator[KvkRegister]:
    transport = httpx.MockTransport(register.answer)
    async with kvk_http("https://register.test/api", "a-key", None, transport) as http:
        yield KvkRegister(http)


@pytest.fixture
def look_up(database: Database, kvk: KvkRegister, clock: MovableClock) -> Callable[[], Awaitable[None]]:
    """A round of the job."""
    return partial(look_up_wanted, PostgresUnitOfWork(database, clock), kvk)


@pytest.fixture
def forget(database: Database, clock: MovableClock) -> Callable[[], Awaitable[None]]:
    """A round of the register's purge."""
    return partial(forget_old_answers, PostgresUnitOfWork(database, clock))


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "import", "import_svc"


@pytest.fixture
async def worker(database: Database, outside: Outside, clock: MovableClock) -> AsyncIterator[DiscoveryWorker]:
    connection_svc = httpx.AsyncClient(
        base_url="https://connection.test", transport=httpx.MockTransport(outside.connection_svc)
    )
    async with connection_svc, provider_http(transport=httpx.MockTransport(outside.provider)) as providers:
        started = DiscoveryWorker(
            PostgresUnitOfWork(database, clock),
            Leases(database, "test"),
            ProviderCompanies(DiscoveryTokens(AccessTokenClient(connection_svc)), providers, NoLimit()),
            clock=clock,
            health=Health(),
            limits=DiscoveryLimits(policy=RetryPolicy(first=timedelta(milliseconds=20), attempts=3)),
            poll=timedelta(milliseconds=20),
        )
        await started.start()
        yield started
        await started.stop()


@pytest.fixture
def app(
    database: Database,
    worker: DiscoveryWorker,
    clock: MovableClock,
    issuer: TokenIssuer,
    kvk: KvkRegister,
    tmp_path: Path,
    make_app: MakeApp,
) -> FastAPI:
    keys = JwksFile(issuer.write_jwks(tmp_path / "jwks.json"))
    authenticator = Authenticator(issuer.issuer, issuer.audience, keys)
    unit_of_work, patience = PostgresUnitOfWork(database, clock), Patience(within=0.3)
    context = Context(unit_of_work, worker.wake, SETTLE, patience, kvk)
    return make_app("import-svc", ROUTERS, authenticator, context)


@pytest.fixture
def arrivals(database: Database, clock: MovableClock) -> Arrivals:
    return Arrivals(database, subscriptions(PostgresUnitOfWork(database, clock)))


@pytest.fixture
async def new_organisation(
    app: FastAPI, issuer: TokenIssuer, arrivals: Arrivals, database: Database
) -> AsyncIterator[Callable[[], Organisation]]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://import.test") as http:
        yield lambda: Organisation(http, issuer, arrivals, database)


@pytest.fixture
def organisation(new_organisation: Callable[[], Organisation]) -> Organisation:
    return new_organisation()
