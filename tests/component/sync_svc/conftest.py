"""The service's real application, workers and consumer on a real database; the package is a real HTTP server."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from koppel.platform.access_tokens import AccessTokenClient
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.http import create_app, provide
from koppel.platform.identity import Authenticator, JwksFile, Operation, ServiceAccess
from koppel.platform.leases import Leases
from koppel.providers.http import provider_http
from koppel.testing.tokens import TokenIssuer
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.adapters.providers import Providers
from sync_svc.entrypoints.events import subscriptions
from sync_svc.entrypoints.http.context import Context
from sync_svc.entrypoints.worker import Workers
from sync_svc.main import ROUTERS, build_jobs, build_workers

from .office import PLANNER, Office
from .package import Company, Lending, running_package

_SIZES = ("--companies", "5", "--customers", "120", "--suppliers", "30", "--rate-limit-per-minute", "0")
_PLANNERS_WORK = (
    Operation.REQUEST_SYNCS,
    Operation.LIST_SYNC_RUNS,
    Operation.GET_SYNC_RUN,
    Operation.FOLLOW_SYNC_RUN,
    Operation.GET_SYNC_STATUS,
    Operation.LIST_RECORDS,
    Operation.PUT_SYNC_POLICY,
)


@pytest.fixture(scope="session")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture(scope="session")
def package_url() -> Iterator[str]:
    with running_package(*_SIZES) as url:
        yield url


@pytest.fixture
def package(package_url: str) -> Iterator[httpx.Client]:
    """In its first state."""
    with httpx.Client(base_url=package_url, timeout=30) as client:
        client.post("/_sandbox/reset").raise_for_status()
        yield client


@pytest.fixture
def company(package: httpx.Client) -> Company:
    return Company(package, 0)


@pytest.fixture
def lending(package_url: str) -> Lending:
    return Lending(package_url)


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "sync", "sync_svc"


@pytest.fixture(scope="module")
def connections() -> int:
    return 10


@pytest.fixture
async def workers(database: Database, lending: Lending) -> AsyncIterator[Workers]:
    connection_svc = httpx.AsyncClient(
        base_url="https://connection.test", transport=httpx.MockTransport(lending)
    )
    async with connection_svc, provider_http() as packages:
        jobs = build_jobs(
            database, Providers(packages), AccessTokenClient(connection_svc), keep_runs=timedelta(days=1)
        )
        started = build_workers(jobs, Leases(database, "test"), Health(), 2)
        await started.start()
        yield started
        await started.stop()


@pytest.fixture
async def app(database: Database, issuer: TokenIssuer, tmp_path: Path) -> AsyncIterator[FastAPI]:
    keys = JwksFile(issuer.write_jwks(tmp_path / "jwks.json"))
    authenticator = Authenticator(issuer.issuer, issuer.audience, keys)
    made = create_app(
        "sync-svc",
        version="0",
        routers=ROUTERS,
        authenticator=authenticator,
        health=Health(),
        service_access=ServiceAccess({PLANNER: _PLANNERS_WORK}),
    )
    async with provider_http() as packages:
        yield provide(made, Context(PostgresUnitOfWork(database), Providers(packages), made.state.health))


@pytest.fixture
async def new_office(
    app: FastAPI, issuer: TokenIssuer, database: Database, lending: Lending
) -> AsyncIterator[Callable[[], Office]]:
    hearing = subscriptions(PostgresUnitOfWork(database), lambda: None)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://sync.test") as http:
        yield lambda: Office(http, issuer, hearing, database, lending)


@pytest.fixture
async def office(new_office: Callable[[], Office]) -> Office:
    """Imported, at no company: for calls that reach no package."""
    return await new_office().arrive()


@pytest.fixture
async def served(
    new_office: Callable[[], Office], company: Company, workers: Workers
) -> AsyncIterator[Office]:
    """Imported, at a company, with workers that perform what is asked; the first sync is passed over."""
    office = await new_office().arrive(company)
    await office.pass_over_requests()
    yield office
    company.end_faults()
