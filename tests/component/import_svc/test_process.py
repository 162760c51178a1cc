"""The service as it runs: a process between a real broker and a real database, killed in the middle."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from starlette.requests import Request
from starlette.responses import Response
from tests.component.processes import ServiceProcess, served

from koppel.contracts.envelope import Envelope, decode, encode, source_of
from koppel.contracts.event import Event
from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database
from koppel.testing.eventually import eventually
from koppel.testing.tokens import TokenIssuer
from koppel_local.kafka.topics import create_missing

from .arrivals import AT, Arrivals, authorized, created
from .organisation import Organisation
from .outside import Outside

pytestmark = pytest.mark.slow

GRANTS = 300


class OverKafka(Arrivals):
    """The same events, through the broker."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._sequence: dict[str, int] = {}

    async def deliver(self, *events: Event, times: int = 1) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self._bootstrap_servers) as producer:
            sent = [
                await producer.send(
                    event.topic.name,
                    event.model_dump_json().encode(),
                    event.key.encode(),
                    headers=self._headers(event),
                )
                for event in events
                for _ in range(times)
            ]
            await asyncio.gather(*sent)

    def _headers(self, event: Event) -> list[tuple[str, bytes]]:
        self._sequence[event.key] = self._sequence.get(event.key, 0) + 1
        return encode(
            Envelope(
                id=str(new_id()),
                type=event.type_name(),
                source=source_of(event.topic.owner),
                subject=event.key,
                time=AT,
                organisation_id=event.organisation_id,
                sequence=self._sequence[event.key],
            )
        )


@pytest.fixture
async def own_schema(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    async with service_database(postgres_server, "import", "import_svc") as made:
        yield made


@pytest.fixture
async def own_database(own_schema: ServiceDatabase) -> AsyncIterator[Database]:
    opened = own_schema.open(max_size=2)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def url(outside: Outside) -> AsyncIterator[str]:
    async def answer(request: Request) -> Response:
        asked = httpx.Request(
            request.method, str(request.url), headers=dict(request.headers), content=await request.body()
        )
        given = (outside.connection_svc if "/internal/" in request.url.path else outside.provider)(asked)
        return Response(given.content, given.status_code, media_type="application/json")

    async with served(answer) as where:
        outside.api_base_url = f"{where}/v2"
        yield where


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
async def service(
    own_schema: ServiceDatabase, kafka_server: str, url: str, issuer: TokenIssuer, port: int, tmp_path: Path
) -> AsyncIterator[ServiceProcess]:
    await create_missing(kafka_server)
    token = tmp_path / "token"
    token.write_text(issuer.service("import-svc"))
    environment = {
        "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": kafka_server,
        "KOPPEL_JWT_ISSUER": issuer.issuer,
        "KOPPEL_JWKS_FILE": str(issuer.write_jwks(tmp_path / "jwks.json")),
        "IMPORT_SVC_DATABASE_URL": own_schema.app_dsn,
        "IMPORT_SVC_PORT": str(port),
        "IMPORT_SVC_CONNECTION_SVC_URL": url,
        "IMPORT_SVC_SERVICE_TOKEN_FILE": str(token),
    }
    process = ServiceProcess("import_svc.main", environment, tmp_path / "import-svc.log")
    await process.start()
    yield process
    await process.end(signal.SIGKILL)


async def ready(http: httpx.AsyncClient) -> None:
    async def serves() -> bool:
        try:
            return (await http.get("/readyz")).status_code == 200
        except httpx.HTTPError:
            return False

    await eventually(serves, within=30, what="readiness")


async def imported(bootstrap_servers: str, organisation_id: str, number: int) -> set[str]:
    """The administrations on the topic, once there are so many."""
    found: set[str] = set()
    async with (
        asyncio.timeout(30),
        AIOKafkaConsumer(
            ADMINISTRATION.name, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest"
        ) as consumer,
    ):
        while len(found) < number:
            record = await consumer.getone()
            if str(decode(record.headers).organisation_id) == organisation_id:
                found.add(record.key.decode())
    return found


async def test_a_service_killed_in_the_middle_of_discovery_ends_with_every_company_once(
    service: ServiceProcess,
    own_database: Database,
    kafka_server: str,
    issuer: TokenIssuer,
    outside: Outside,
    port: int,
) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        organisation = Organisation(http, issuer, OverKafka(kafka_server), own_database)
        grants = [outside.grant(f"Company {each}", kvk_number="01234567") for each in range(GRANTS)]
        connection_id = new_id()
        await organisation.arrivals.deliver(
            created(organisation.organisation_id, connection_id),
            *(authorized(organisation.organisation_id, connection_id, each) for each in grants),
        )
        await ready(http)
        session_id = await organisation.start(connection_id)

        async def halfway() -> bool:
            return len(outside.asked) > GRANTS / 2

        await eventually(halfway, within=30, every=0.001)
        await service.end(signal.SIGKILL)
        await service.start()
        await ready(http)
        session = await organisation.until(session_id, "selecting", within=30)
        assert session["counts"]["candidates"] == session["counts"]["discovered"] == GRANTS

        candidates = await organisation.candidates(session_id)
        assert (await organisation.select(session_id, candidates)).status_code == 200
        confirmed = await organisation.confirm(session_id)
        ids = {each["id"] for each in confirmed.json()["administrations"]}
        assert len(ids) == GRANTS
        assert await imported(kafka_server, str(organisation.organisation_id), GRANTS) == ids
        assert await service.end(signal.SIGTERM) == 0
