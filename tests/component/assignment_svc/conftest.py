"""The service's real application on a real database; other services' facts come in through the processor."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from tests.session.apps import MakeApp

from assignment_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from assignment_svc.application.await_arrival import SessionPatience
from assignment_svc.entrypoints.events import subscriptions
from assignment_svc.entrypoints.http.context import Context
from assignment_svc.main import NAME, ROUTERS
from koppel.contracts.administration import AdministrationImported
from koppel.contracts.event import Event
from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.processor import Processor
from koppel.platform.database import Database
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.runner import HttpPart
from koppel.testing.administrations import imported
from koppel.testing.databases import ServiceDatabase
from koppel.testing.deliveries import delivery
from koppel.testing.tokens import TokenIssuer

from .defect import ADefect, application


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture(scope="module")
def key_set(issuer: TokenIssuer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return issuer.write_jwks(tmp_path_factory.mktemp("identity") / "jwks.json")


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "assignment", "assignment_svc"


@pytest.fixture
def app(database: Database, issuer: TokenIssuer, key_set: Path, make_app: MakeApp) -> FastAPI:
    authenticator = Authenticator(issuer.issuer, issuer.audience, JwksFile(key_set))
    context = Context(PostgresUnitOfWork(database), SessionPatience(within=0.3))
    return make_app(NAME, ROUTERS, authenticator, context)


@pytest.fixture
async def new_organisation(
    app: FastAPI, database: Database, issuer: TokenIssuer
) -> AsyncIterator["Callable[[], Organisation]"]:
    async with AsyncExitStack() as stack:

        def make() -> Organisation:
            organisation = Organisation(app, database, issuer)
            stack.push_async_callback(organisation.aclose)
            return organisation

        yield make


@pytest.fixture
def organisation(new_organisation: "Callable[[], Organisation]") -> "Organisation":
    return new_organisation()


class Organisation:
    """One organisation's callers: `http` is its beheerder's client."""

    def __init__(self, app: FastAPI, database: Database, issuer: TokenIssuer) -> None:
        self.id = new_id()
        self._app = app
        self._issuer = issuer
        self._clients: list[httpx.AsyncClient] = []
        self._consumer = subscriptions(PostgresUnitOfWork(database))
        self._processor = Processor(database, self._consumer, RetryPolicy())
        self.person = new_id()
        self.http = self.client(Role.BEHEERDER, user=self.person)

    def client(self, *roles: Role, user: UUID | None = None) -> httpx.AsyncClient:
        token = self._issuer.person(*roles, organisation=self.id, user=user)
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app),
            base_url="http://assignment.test",
            headers={"Authorization": f"Bearer {token}"},
        )
        self._clients.append(client)
        return client

    async def put(self, collection: str, **fields: str) -> str:
        """A new entry of the directory; returns its id."""
        identifier = str(new_id())
        answer = await self.http.put(f"/v1/{collection}/{identifier}", json={"name": "Noord"} | fields)
        assert answer.status_code == 200, answer.text
        return identifier

    async def user(self, role: str = "user") -> str:
        return await self.put("users", name="Sanne de Vries", email="sanne@kantoor.example", role=role)

    async def import_administrations(
        self, number: int, import_session_id: UUID | None = None, *, of: int | None = None
    ) -> list[AdministrationImported]:
        """`of` is what the events say of their session's size."""
        session = import_session_id or new_id()
        events = [imported(self.id, import_session_id=session, import_session_size=of) for _ in range(number)]
        await self.deliver(*events, version=1)
        return sorted(events, key=lambda event: event.administration_id)

    async def deliver(self, *events: Event, version: int) -> None:
        """Each with that version, and one more where an earlier one has the same stream."""
        keys = [event.key for event in events]
        await self._processor.apply(
            [
                delivery(event, version + keys[:place].count(event.key), self._consumer)
                for place, event in enumerate(events)
            ]
        )

    async def aclose(self) -> None:
        for client in self._clients:
            await client.aclose()


@pytest.fixture
async def defect(
    database: Database,
    schema: ServiceDatabase,
    issuer: TokenIssuer,
    key_set: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[ADefect]:
    app = application(database, Authenticator(issuer.issuer, issuer.audience, JwksFile(key_set)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    http = HttpPart(app, "127.0.0.1", port)
    await http.start()
    it = ADefect(database, schema, capsys)
    monkeypatch.setenv("KOPPEL_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("KOPPEL_ASSIGNMENT_SVC_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("KOPPEL_TOKEN", issuer.person(user=it.user, rights=("operator",)))
    await it.happen()
    yield it
    await it.mend()
    async with database.system() as connection:
        await connection.execute("delete from parked_event")
        await connection.execute("delete from held_event")
    await http.stop()
