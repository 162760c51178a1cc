"""An organisation at connection-svc's own code and a provider's sandbox; both clocks go together."""

import base64
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from tests.component.import_svc.clocks import MovableClock
from tests.unit.conformance.stand import CREDENTIALS, SANDBOX, Stand

from connection_svc.adapters.postgres.data_keys import PostgresDataKeys
from connection_svc.entrypoints.http.context import Context
from connection_svc.main import ROUTERS, build_context
from connection_svc.settings import ConnectionSettings
from koppel.kernel.ids import new_id
from koppel.platform.health import Health
from koppel.platform.http import create_app, provide
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.key_encryption import KeyFile
from koppel.platform.leases import Leases
from koppel.platform.vault import Vault
from koppel.providers.configuration import configured_providers
from koppel.providers.http import provider_http
from koppel.providers.profile import KeyFlow
from koppel.testing.administrations import imported
from koppel.testing.databases import ServiceDatabase
from koppel.testing.tokens import TokenIssuer

SERVICE = "http://127.0.0.1:8101"
RETURN_URL = "http://127.0.0.1:9999/done"


class LosesAnswers(httpx.AsyncBaseTransport):
    """The way to the provider. While it loses, the provider does what it is asked and nothing comes back."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.loses = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        if self.loses:
            raise httpx.ReadError("the answer is lost")
        return answer


class Connecting:
    """One process of connection-svc, and a beheerder who calls it."""

    def __init__(self, stand: Stand, schema: ServiceDatabase, folder: Path) -> None:
        self.stand = stand
        self.wire = LosesAnswers(stand.transport)
        self.clock = MovableClock()
        self.organisation_id, self.user_id = new_id(), new_id()
        self._schema, self._folder = schema, folder
        self._issuer = TokenIssuer()
        self._opened = AsyncExitStack()
        self._uses_keys = isinstance(stand.provider.profile.auth, KeyFlow)

    async def open(self) -> "Connecting":
        self.database = self._schema.open(max_size=6)
        keys = PostgresDataKeys(self._schema.open(max_size=2))
        await self.database.open()
        self._opened.push_async_callback(self.database.close)
        self._opened.push_async_callback(keys.close)
        http = await self._opened.enter_async_context(provider_http(transport=self.wire))
        own = self._settings()
        self.use_cases: Context = build_context(
            own,
            configured=configured_providers([self.stand.provider.profile], self._variables()),
            database=self.database,
            vault=Vault(KeyFile(own.key_file), keys),
            leases=Leases(self.database, "one", ttl=timedelta(seconds=2)),
            http=http,
            clock=self.clock,
            publish_within=timedelta(0),
        )
        jwks = JwksFile(self._issuer.write_jwks(self._folder / "jwks"))
        app = create_app(
            "connection-svc",
            version="0",
            routers=ROUTERS,
            authenticator=Authenticator(self._issuer.issuer, self._issuer.audience, jwks),
            health=Health(),
        )
        provide(app, self.use_cases)
        person = self._issuer.person(organisation=self.organisation_id, user=self.user_id)
        self.api = await self._client(app, person)
        self._service = await self._client(app, self._issuer.service("sync-svc"))
        return self

    async def close(self) -> None:
        await self._opened.aclose()

    async def pass_time(self, seconds: float) -> None:
        """For us and for the provider."""
        self.clock.ahead += timedelta(seconds=seconds)
        await self.stand.pass_time(seconds)

    async def connect(self, company: int = 0) -> tuple[str, str]:
        """Ids of a new connection and its grant."""
        if self._uses_keys:
            wanted = {"provider": self._id, "credentials": await self.stand.key(company)}
            made = (await self.api.post("/v1/connections", json=wanted)).raise_for_status().json()
        else:
            wanted = {"provider": self._id, "return_url": RETURN_URL}
            made = (await self.api.post("/v1/connections", json=wanted)).raise_for_status().json()
            back = await self._come_back(made, company)
            assert back["outcome"] == "authorized", back
        return made["id"], (await self.connection(made["id"]))["grants"][0]["id"]

    async def connect_again(self, connection_id: str, grant_id: str, company: int, username: str) -> str:
        """The code with which another login, or key, in the grant's place is refused; empty when it is taken."""
        path = f"/v1/connections/{connection_id}/authorizations"
        if self._uses_keys:
            credentials = {"credentials": await self.stand.key(company), "grant_id": grant_id}
            return str((await self.api.post(path, json=credentials)).json().get("code", ""))
        body = {"return_url": RETURN_URL, "grant_id": grant_id}
        started = (await self.api.post(path, json=body)).raise_for_status().json()
        return str((await self._come_back(started, company, username)).get("code", ""))

    async def connection(self, connection_id: str) -> Any:
        return (await self.api.get(f"/v1/connections/{connection_id}")).raise_for_status().json()

    async def issue_token(self, grant_id: str, **wish: str) -> httpx.Response:
        body = {"organisation_id": str(self.organisation_id), **wish}
        return await self._service.post(f"/internal/v1/grants/{grant_id}/access-token", json=body)

    async def serve(self, grant_id: str, company: str) -> None:
        """The grant serves this company's administration, as if import-svc had told."""
        facts = {"grant_id": UUID(grant_id), "external_id": company, "provider": self._id}
        async with self.use_cases.unit_of_work.begin(None) as tx:
            await tx.served.add([imported(self.organisation_id).model_copy(update=facts)])

    async def token_calls(self) -> list[int]:
        """The statuses of all token calls that the provider counted."""
        path = urlsplit(self.stand.endpoints.token_url).path.removeprefix(f"/{self._id}")
        items = (await self.stand.control("GET", "ledger"))["items"]
        return [each["status"] for each in items if each["path"] == path]

    @property
    def _id(self) -> str:
        return self.stand.provider.profile.id

    async def _come_back(self, started: Any, company: int, username: str = "demo") -> dict[str, str]:
        back = await self.stand.visit(started["authorization_url"], company, username)
        answer = await self.api.get(back)
        assert answer.status_code == 303, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def _client(self, app: FastAPI, token: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"}
        made = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SERVICE, headers=headers)
        return await self._opened.enter_async_context(made)

    def _settings(self) -> ConnectionSettings:
        key = self._folder / "key"
        key.write_bytes(base64.b64encode(bytes(range(32))))
        key.chmod(0o600)
        return ConnectionSettings(
            database_url=SecretStr(self._schema.app_dsn),
            public_url=SERVICE,
            key_file=key,
            return_url_allowlist="loopback",
        )

    def _variables(self) -> dict[str, str]:
        at, secret = self.stand.endpoints, CREDENTIALS.client_secret
        given = {
            "TOKEN_URL": at.token_url,
            "API_BASE_URL": at.api_base_url,
            "CLIENT_ID": CREDENTIALS.client_id,
        }
        if not self._uses_keys:
            given |= {"CLIENT_SECRET": secret, "AUTHORIZE_URL": at.authorize_url}
            given |= {"ISSUER": f"{SANDBOX}/{self._id}"}
            given |= {"REVOCATION_URL": at.revocation_url} if at.revocation_url else {}
        given |= {name.upper(): secret for name in self.stand.provider.profile.headers.values()}
        return {f"{self._id.upper()}_{name}": value for name, value in given.items()}
