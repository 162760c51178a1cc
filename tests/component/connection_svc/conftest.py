"""The service's real application on a real database; the provider is replaced at HTTP level."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import pytest
from tests.session.apps import MakeApp

from connection_svc.adapters.postgres.data_keys import PostgresDataKeys
from connection_svc.entrypoints.http.context import Context
from connection_svc.main import ROUTERS, build_context
from connection_svc.settings import ConnectionSettings
from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.identity import DEFAULT_ACCESS, Authenticator, JwksFile, ServiceAccess
from koppel.platform.key_encryption import KeyFile
from koppel.platform.leases import Leases
from koppel.platform.vault import Vault
from koppel.providers.catalogue import PROFILES
from koppel.providers.configuration import configured_providers
from koppel.providers.http import provider_http
from koppel.testing.databases import ServiceDatabase
from koppel.testing.tokens import TokenIssuer

from .exact import BELGIAN, Exact
from .exact import VARIABLES as EXACT_VARIABLES
from .keys import Activation, Keys, keys_of, switch_on
from .persons import Person
from .provider import PROVIDER, Provider

SERVICE = "http://127.0.0.1:8101"
VARIABLES = {
    "EACCOUNTING_CLIENT_ID": "koppel",
    "EACCOUNTING_CLIENT_SECRET": "provider-client-secret",
    "EACCOUNTING_AUTHORIZE_URL": f"{PROVIDER}/connect/authorize",
    "EACCOUNTING_TOKEN_URL": f"{PROVIDER}/connect/token",
    "EACCOUNTING_REVOCATION_URL": f"{PROVIDER}/connect/revocation",
    "EACCOUNTING_API_BASE_URL": f"{PROVIDER}/v2",
}
RETURN_URL = "http://127.0.0.1:9999/done?tab=connections"


@dataclass
class MovableClock:
    """Starts at the real time, so that bearer tokens hold, and moves when told."""

    moved: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def move(self, **by: float) -> None:
        self.moved += timedelta(**by)


@dataclass
class Organisation:
    """An accountancy office at its browser: `api` carries a beheerder's token and a cookie jar."""

    provider: Provider
    clock: MovableClock
    issuer: TokenIssuer
    database: Database
    use_cases: Context
    client: Callable[..., httpx.AsyncClient]
    organisation_id: UUID = field(default_factory=new_id)
    user: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.api = self.client(self.token())

    def token(self, *roles: Role, organisation: UUID | None = None) -> str:
        return self.issuer.person(*roles, organisation=organisation or self.organisation_id, user=self.user)

    async def connect(self, **body: object) -> Any:
        """Start a connection; the parsed 201."""
        wanted = {"provider": "eaccounting", "return_url": RETURN_URL} | body
        return (await self.api.post("/v1/connections", json=wanted)).raise_for_status().json()

    async def again(self, connection_id: str, **body: object) -> Any:
        """Start one more login round."""
        answer = await self.api.post(
            f"/v1/connections/{connection_id}/authorizations", json={"return_url": RETURN_URL} | body
        )
        return answer.raise_for_status().json()

    async def finish(
        self, started: Any, *, company: str = "acme", browser: httpx.AsyncClient | None = None
    ) -> Any:
        """Log in at the provider and come back; the parameters of the return URL."""
        back = self.provider.log_in(started["authorization_url"], company=company)
        return await self.come_back(back, browser=browser)

    async def come_back(self, back: str, *, browser: httpx.AsyncClient | None = None) -> Any:
        answer = await (browser or self.api).get(back)
        assert answer.status_code == 303, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def grant(self, *, company: str = "acme") -> tuple[str, str]:
        """Ids of a new connection and its grant."""
        created = await self.connect()
        assert (await self.finish(created, company=company))["outcome"] == "authorized"
        shown = await self.get(created["id"])
        return created["id"], shown["grants"][0]["id"]

    async def get(self, connection_id: str) -> Any:
        return (await self.api.get(f"/v1/connections/{connection_id}")).raise_for_status().json()

    async def issue_token(
        self,
        grant_id: str,
        body: dict[str, object] | None = None,
        *,
        by: str = "sync-svc",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """What a service gets that asks for a token, for this organisation unless the body says otherwise."""
        wish = {"organisation_id": str(self.organisation_id)} | (body or {})
        async with self.client(self.issuer.service(by)) as service:
            path = f"/internal/v1/grants/{grant_id}/access-token"
            return await service.post(path, json=wish, headers=headers)

    async def events(self, connection_id: str) -> list[tuple[str, Any]]:
        """Names and payloads of the connection's stream."""
        rows = await self.rows(
            "select type, payload::jsonb as payload from event_log where key = $1 order by version",
            connection_id,
        )
        return [(row["type"].split(".")[2], row["payload"]) for row in rows]

    async def rows(self, query: str, *values: object) -> Any:
        async with self.database.system() as connection:
            return await connection.fetch(query, *values)

    @property
    def token_calls(self) -> list[str]:
        return [call["grant_type"] for call in self.provider.calls]


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "connection", "connection_svc"


@pytest.fixture(scope="session")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key"
    path.write_bytes(base64.b64encode(bytes(range(32))))
    path.chmod(0o600)
    return path


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def settings(schema: ServiceDatabase, key_file: Path) -> Callable[..., ConnectionSettings]:
    def build(**changes: object) -> ConnectionSettings:
        values: dict[str, Any] = {
            "database_url": schema.app_dsn,
            "public_url": SERVICE,
            "key_file": key_file,
            "return_url_allowlist": "loopback,https://app.example/koppel",
        }
        return ConnectionSettings(**(values | changes))

    return build


@pytest.fixture
def process(
    schema: ServiceDatabase,
    provider: Provider,
    clock: MovableClock,
    stack: AsyncExitStack,
    settings: Callable[..., ConnectionSettings],
) -> Callable[..., Any]:
    """Builds what one process of the service has: its own pools, lease owner and use cases."""

    async def start(
        name: str = "one",
        *,
        variables: dict[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        **changes: object,
    ) -> tuple[Database, Context]:
        """`variables` are those of the map that differ; `transport` leads to another provider than this one."""
        own = settings(**changes)
        database, keys = schema.open(max_size=8), PostgresDataKeys(schema.open(max_size=2))
        await database.open()
        stack.push_async_callback(database.close)
        stack.push_async_callback(keys.close)
        http = await stack.enter_async_context(
            provider_http(transport=transport or httpx.MockTransport(provider))
        )
        use_cases = build_context(
            own,
            configured=configured_providers(PROFILES, VARIABLES | (variables or {})),
            database=database,
            vault=Vault(KeyFile(own.key_file), keys),
            leases=Leases(database, name, ttl=timedelta(seconds=2)),
            http=http,
            clock=clock,
            publish_within=timedelta(0),
        )
        return database, use_cases

    return start


@pytest.fixture
def opened_organisation(
    process: Callable[..., Any],
    provider: Provider,
    clock: MovableClock,
    issuer: TokenIssuer,
    stack: AsyncExitStack,
    tmp_path: Path,
    make_app: MakeApp,
) -> Callable[..., Any]:
    """An office at a process with other settings."""

    async def open_organisation(*, access: ServiceAccess = DEFAULT_ACCESS, **changes: object) -> Organisation:
        database, use_cases = await process(**changes)
        authenticator = Authenticator(
            issuer.issuer, issuer.audience, JwksFile(issuer.write_jwks(tmp_path / "jwks"))
        )
        app = make_app("connection-svc", ROUTERS, authenticator, use_cases, access)

        def client(token: str | None = None) -> httpx.AsyncClient:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            made = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SERVICE, headers=headers)
            stack.push_async_callback(made.aclose)
            return made

        return Organisation(provider, clock, issuer, database, use_cases, client)

    return open_organisation


@pytest.fixture
async def organisation(opened_organisation: Callable[..., Any]) -> Any:
    return await opened_organisation()


@pytest.fixture
def person(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> Person:
    """The provider keeps one login a person, and lets it reach many companies."""
    made = Person()
    made.plays(monkeypatch)
    return made


@pytest.fixture
async def elsewhere(opened_organisation: Callable[..., Any], person: Person) -> Any:
    """Another organisation."""
    return await opened_organisation()


@pytest.fixture
def exact() -> Exact:
    """Exact Online as the sandbox plays it."""
    return Exact()


@pytest.fixture
def opened_at_exact(opened_organisation: Callable[..., Any], exact: Exact) -> Callable[..., Any]:
    """Opens an organisation at it; `limits` are set lower than Exact does."""

    async def open_there(limits: str = "") -> Any:
        lowered = {"EXACT_ONLINE_LIMITS": limits} if limits else {}
        return await opened_organisation(variables=EXACT_VARIABLES | BELGIAN | lowered, transport=exact)

    return open_there


@pytest.fixture
async def keys(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> Keys:
    """A provider whose logins are keys."""
    return await keys_of(organisation, monkeypatch)


@pytest.fixture
async def activation(organisation: Any, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Activation:
    """A connection that waits for the key of the provider's page."""
    switch_on(organisation, monkeypatch, CLIENT_ID="koppel-app")
    return Activation(organisation, await organisation.connect(provider="snelstart"))
