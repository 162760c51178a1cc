"""A provider of one file and one line of the catalogue is connected, imported and synchronised; no service knows its name."""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import pytest
from tests.integration.import_svc.organisation import Organisation as ImportOrganisation
from tests.integration.sync_svc.organisation import Organisation as SyncOrganisation

from connection_svc.adapters import providers as connecting
from connection_svc.adapters.postgres.data_keys import PostgresDataKeys
from connection_svc.main import ROUTERS, build_context
from connection_svc.settings import ConnectionSettings
from import_svc.adapters import companies as importing
from import_svc.adapters.companies import ProviderCompanies
from import_svc.adapters.connection_svc import DiscoveryTokens
from koppel.contracts.administration import AdministrationImported
from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.kernel.clock import SystemClock
from koppel.kernel.ids import new_id
from koppel.platform.access_tokens import AccessTokenClient
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.http import create_app, provide
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.key_encryption import KeyFile
from koppel.platform.leases import Leases
from koppel.platform.vault import Vault
from koppel.providers.configuration import configured_providers
from koppel.providers.http import provider_http
from koppel.providers.port import Provider
from koppel.testing.budgets import NoLimit
from koppel.testing.databases import service_database
from koppel.testing.tokens import TokenIssuer
from sync_svc.adapters.providers import Providers
from sync_svc.application.projections import begin_administration

from .provider import GROOTBOEKJE, PROFILE, FarSide

SERVICE = "http://127.0.0.1:8101"
CATALOGUE: Mapping[str, Provider] = {PROFILE.id: GROOTBOEKJE}
CLIENT = {"GROOTBOEKJE_CLIENT_ID": "koppel", "GROOTBOEKJE_CLIENT_SECRET": "geheim"}


@pytest.fixture
def far_side(monkeypatch: pytest.MonkeyPatch) -> FarSide:
    """The provider, with its line in the catalogue."""
    modules: tuple[ModuleType, ...] = (connecting, importing)
    for module in modules:
        monkeypatch.setattr(module, "PROVIDERS", CATALOGUE)
    return FarSide()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def http(far_side: FarSide, stack: AsyncExitStack) -> httpx.AsyncClient:
    return await stack.enter_async_context(provider_http(transport=httpx.MockTransport(far_side)))


@pytest.fixture
async def connection_svc(
    postgres_server: str, http: httpx.AsyncClient, stack: AsyncExitStack, tmp_path: Path
) -> "Connecting":
    """Its real application on a database of its own."""
    schema = await stack.enter_async_context(
        service_database(postgres_server, "connection", "connection_svc")
    )
    key = tmp_path / "key"
    key.write_bytes(base64.b64encode(bytes(range(32))))
    key.chmod(0o600)
    own = ConnectionSettings(
        database_url=schema.app_dsn, public_url=SERVICE, key_file=key, return_url_allowlist=("loopback",)
    )
    database, keys = schema.open(), PostgresDataKeys(schema.open(max_size=2))
    await database.open()
    stack.push_async_callback(database.close)
    stack.push_async_callback(keys.close)
    context = build_context(
        own,
        configured=configured_providers([PROFILE], CLIENT),
        database=database,
        vault=Vault(KeyFile(key), keys),
        leases=Leases(database, "test"),
        http=http,
        clock=SystemClock(),
    )
    issuer = TokenIssuer()
    keyset = JwksFile(issuer.write_jwks(tmp_path / "jwks"))
    app = create_app(
        "connection-svc",
        version="0",
        routers=ROUTERS,
        authenticator=Authenticator(issuer.issuer, issuer.audience, keyset),
        health=Health(),
    )
    provide(app, context)
    return Connecting(httpx.ASGITransport(app), issuer, stack)


class Connecting:
    """What callers do at connection-svc."""

    def __init__(self, transport: httpx.ASGITransport, issuer: TokenIssuer, stack: AsyncExitStack) -> None:
        self._transport = transport
        self._issuer = issuer
        self._stack = stack

    async def connect(self, organisation_id: UUID, far_side: FarSide) -> UUID:
        """Log in as a person does; the grant."""
        browser = await self.client(self._issuer.person(organisation=organisation_id, user=new_id()))
        wanted = {"provider": PROFILE.id, "return_url": "http://127.0.0.1:9999/klaar"}
        started = (await browser.post("/v1/connections", json=wanted)).raise_for_status().json()
        back = await browser.get(far_side.log_in(started["authorization_url"]))
        assert dict(parse_qsl(urlsplit(back.headers["location"]).query))["outcome"] == "authorized"
        shown = (await browser.get(f"/v1/connections/{started['id']}")).raise_for_status().json()
        return UUID(shown["grants"][0]["id"])

    async def tokens_for(self, service: str) -> AccessTokenClient:
        return AccessTokenClient(await self.client(self._issuer.service(service)))

    async def client(self, token: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.AsyncClient(transport=self._transport, base_url=SERVICE, headers=headers)
        return await self._stack.enter_async_context(client)


async def database(stack: AsyncExitStack, server: str, schema: str) -> Database:
    created = await stack.enter_async_context(service_database(server, schema, f"{schema}_svc"))
    opened = created.open(max_size=8)
    await opened.open()
    stack.push_async_callback(opened.close)
    return opened


async def test_it_goes_through_connect_import_and_sync(
    connection_svc: Connecting,
    far_side: FarSide,
    http: httpx.AsyncClient,
    postgres_server: str,
    stack: AsyncExitStack,
) -> None:
    wizard = ImportOrganisation(await database(stack, postgres_server, "import"), PROFILE.id)
    grant_id = await connection_svc.connect(wizard.organisation_id, far_side)
    assert far_side.token_forms[0]["client_secret"] == "geheim"
    assert "code_verifier" not in far_side.token_forms[0]

    connection_id = await wizard.connect([grant_id])
    discovery = ProviderCompanies(
        DiscoveryTokens(await connection_svc.tokens_for("import-svc")), http, NoLimit()
    )
    session_id = await wizard.selected(connection_id, discovery)
    await wizard.confirm(session_id)
    async with wizard.database.system() as connection:
        rows = await connection.fetch(
            "select payload from event_log where type = $1 order by payload::jsonb ->> 'external_id'",
            AdministrationImported.type_name(),
        )
    imported = [AdministrationImported.model_validate_json(row["payload"]) for row in rows]
    assert [each.external_id for each in imported] == ["bakker", "kapper", "slager"]

    organisation = await _sync_organisation(await database(stack, postgres_server, "sync"), imported[0])
    organisation.gateway = Providers(http, CATALOGUE)
    organisation.issuing = await connection_svc.tokens_for("sync-svc")
    first = await organisation.sync()
    assert first.run.outcome is SyncOutcome.CHANGED
    assert await organisation.live() == {"1", "2", "3", "4", "5"}
    assert far_side.reads == [("", ""), ("blad-2", ""), ("blad-4", "")]

    far_side.reads.clear()
    far_side.relations[2] |= {"naam": "Anders", "volgnummer": 2**53 + 1}
    second = await organisation.sync(SyncMode.INCREMENTAL)
    assert far_side.reads == [("", "5")]
    assert second.listings[0].changed == 1
    assert (await organisation.records())["3"]["data"] == {"name": "Anders"}
    await organisation.sync(SyncMode.INCREMENTAL)
    assert far_side.reads[-1] == ("", str(2**53 + 1))


async def _sync_organisation(database: Database, imported: AdministrationImported) -> SyncOrganisation:
    organisation = SyncOrganisation(database)
    organisation.organisation_id, organisation.administration_id = (
        imported.organisation_id,
        imported.administration_id,
    )
    async with organisation.work.begin(None) as tx:
        await begin_administration(tx.within(organisation.organisation_id), imported)
    return organisation
