"""The service's real application, workers and consumer on a real database; the provider is a real HTTP server."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.session.apps import MakeApp

from koppel.platform.access_tokens import AccessTokenClient
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.identity import Authenticator, JwksFile, Operation, ServiceAccess
from koppel.platform.leases import Leases
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.http import provider_http
from koppel.providers.profile import Shares
from koppel.testing.budgets import NoLimit
from koppel.testing.tokens import TokenIssuer
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.adapters.providers import Providers
from sync_svc.entrypoints.events import subscriptions
from sync_svc.entrypoints.http.context import Context
from sync_svc.entrypoints.worker import Workers
from sync_svc.main import ROUTERS, build_jobs, build_workers

from .organisation import PLANNER, Organisation
from .provider import AccessTokens, Company, running_provider

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
def provider_url() -> Iterator[str]:
    with running_provider(*_SIZES) as url:
        yield url


@pytest.fixture
def provider(provider_url: str) -> Iterator[httpx.Client]:
    """In its first state."""
    with httpx.Client(base_url=provider_url, timeout=30) as client:
        client.post("/_sandbox/reset").raise_for_status()
        yield client


@pytest.fixture
def company(provider: httpx.Client) -> Company:
    return Company(provider, 0)


@pytest.fixture
def access_tokens(provider_url: str) -> AccessTokens:
    return AccessTokens(provider_url)


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "sync", "sync_svc"


@pytest.fixture(scope="module")
def connections() -> int:
    return 10


@pytest.fixture
async def workers(database: Database, access_tokens: AccessTokens) -> AsyncIterator[Workers]:
    connection_svc = httpx.AsyncClient(
        base_url="https://connection.test", transport=httpx.MockTransport(access_tokens)
    )
    async with connection_svc, provider_http() as providers:
        tokens = AccessTokenClient(connection_svc)
        jobs = build_jobs(database, Providers(providers), tokens, NoLimit(), keep_runs=timedelta(days=1))
        started = build_workers(jobs, Leases(database, "test"), Health(), 2)
        await started.start()
        yield started
        await started.stop()


@pytest.fixture
async def app(
    database: Database, issuer: TokenIssuer, tmp_path: Path, make_app: MakeApp
) -> AsyncIterator[FastAPI]:
    keys = JwksFile(issuer.write_jwks(tmp_path / "jwks.json"))
    authenticator = Authenticator(issuer.issuer, issuer.audience, keys)
    access = ServiceAccess({PLANNER: _PLANNERS_WORK})
    async with provider_http() as providers:
        work, windows = PostgresUnitOfWork(database), {"eaccounting": EACCOUNTING.profile.windows}
        context = Context(
            work,
            Providers(providers),
            Health(),
            windows=windows,
            parts=dict.fromkeys(windows, Shares().for_sync),
        )
        yield make_app("sync-svc", ROUTERS, authenticator, context, access)


@pytest.fixture
async def new_organisation(
    app: FastAPI, issuer: TokenIssuer, database: Database, access_tokens: AccessTokens
) -> AsyncIterator[Callable[[], Organisation]]:
    hearing = subscriptions(PostgresUnitOfWork(database), lambda: None)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://sync.test") as http:
        yield lambda: Organisation(http, issuer, hearing, database, access_tokens)


@pytest.fixture
async def organisation(new_organisation: Callable[[], Organisation]) -> Organisation:
    """Imported, at no company: for calls that reach no provider."""
    return await new_organisation().arrive()


@pytest.fixture
async def served(
    new_organisation: Callable[[], Organisation], company: Company, workers: Workers
) -> AsyncIterator[Organisation]:
    """Imported, at a company, with workers that perform what is asked; the first sync is passed over."""
    organisation = await new_organisation().arrive(company)
    await organisation.pass_over_requests()
    yield organisation
    company.end_faults()
