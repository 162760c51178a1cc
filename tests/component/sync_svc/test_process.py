"""The service as it runs: a process between a real broker and a real database, killed in the middle of a sync."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from opentelemetry.sdk.trace import TracerProvider
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.component.processes import ServiceProcess, served

from koppel.contracts.envelope import Envelope, decode, encode, source_of
from koppel.contracts.event import Event
from koppel.contracts.topics import RECORD, SYNC
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.telemetry.propagation import propagator, remote_span
from koppel.testing.collector import Collector, collecting
from koppel.testing.databases import ServiceDatabase, service_database
from koppel.testing.eventually import eventually
from koppel.testing.tokens import TokenIssuer
from koppel_local.kafka.topics import create_missing
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.entrypoints.events import subscriptions

from .organisation import Json, Organisation
from .provider import AccessTokens, Company, free_port, running_provider

pytestmark = pytest.mark.slow

CUSTOMERS = 12_000
_CHAIN = ("POST /v1/syncs", "process sync-svc", "sync run", "GET")
"""A call, the consumer of its event, its run, and a call to the provider."""


class OverKafka(Organisation):
    """An office whose events go through the broker, and whose requests are carried by the service itself."""

    bootstrap_servers = ""

    async def deliver(self, *events: Event) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap_servers) as producer:
            for event in events:
                stream = (event.topic.name, event.key)
                self._versions[stream] += 1
                envelope = Envelope(
                    id=str(new_id()),
                    type=event.type_name(),
                    source=source_of(event.topic.owner),
                    subject=event.key,
                    time=None,
                    organisation_id=event.organisation_id,
                    sequence=self._versions[stream],
                )
                value = event.model_dump_json().encode()
                await producer.send_and_wait(
                    event.topic.name, value, event.key.encode(), headers=encode(envelope)
                )

    async def arrive(self, company: Company | None = None) -> Organisation:
        await super().arrive(company)

        async def known() -> bool:
            path = f"/v1/administrations/{self.administration_id}/sync-status"
            return (await self.api("GET", path)).status_code == 200

        await eventually(known, within=60, what="the administration")
        return self

    async def carry_requests(self) -> None:
        """Relay and consumer do."""


@pytest.fixture(scope="module")
def provider_url() -> Iterator[str]:
    """A provider with more customers than the other tests'."""
    sizes = ("--companies", "1", "--customers", str(CUSTOMERS), "--suppliers", "1")
    with running_provider(*sizes, "--rate-limit-per-minute", "0") as url:
        yield url


@pytest.fixture
async def own_schema(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    async with service_database(postgres_server, "sync", "sync_svc") as made:
        yield made


@pytest.fixture
async def own_database(own_schema: ServiceDatabase) -> AsyncIterator[Database]:
    opened = own_schema.open(max_size=2)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def access_tokens_url(access_tokens: AccessTokens) -> AsyncIterator[str]:
    async def answer(request: Request) -> Response:
        grant_id = UUID(request.url.path.split("/")[4])
        status, body = await asyncio.to_thread(access_tokens.answer, grant_id, await request.body())
        return JSONResponse(body, status)

    async with served(answer) as url:
        yield url


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as came:
        yield came


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def service(
    own_schema: ServiceDatabase,
    kafka_server: str,
    access_tokens_url: str,
    issuer: TokenIssuer,
    port: int,
    collector: Collector,
    tmp_path: Path,
) -> AsyncIterator[ServiceProcess]:
    await create_missing(kafka_server)
    token = tmp_path / "token"
    token.write_text(issuer.service("sync-svc"))
    environment = {
        "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": kafka_server,
        "KOPPEL_JWT_ISSUER": issuer.issuer,
        "KOPPEL_JWKS_FILE": str(issuer.write_jwks(tmp_path / "jwks.json")),
        "KOPPEL_OTLP_ENDPOINT": collector.url,
        "SYNC_SVC_DATABASE_URL": own_schema.app_dsn,
        "SYNC_SVC_PORT": str(port),
        "SYNC_SVC_CONNECTION_SVC_URL": access_tokens_url,
        "SYNC_SVC_SERVICE_TOKEN_FILE": str(token),
    }
    process = ServiceProcess("sync_svc.main", environment, tmp_path / "sync-svc.log")
    await process.start()
    yield process
    await process.end(signal.SIGKILL)


@pytest.fixture
async def organisation(
    service: ServiceProcess,
    own_database: Database,
    kafka_server: str,
    issuer: TokenIssuer,
    access_tokens: AccessTokens,
    port: int,
) -> AsyncIterator[OverKafka]:
    hearing = subscriptions(PostgresUnitOfWork(own_database), lambda: None)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        made = OverKafka(http, issuer, hearing, own_database, access_tokens)
        made.bootstrap_servers = kafka_server
        await ready(http)
        yield made


async def ready(http: httpx.AsyncClient) -> None:
    async def serves() -> bool:
        try:
            return (await http.get("/readyz")).status_code == 200
        except httpx.HTTPError:
            return False

    await eventually(serves, within=60, what="readiness")


async def told_on_the_topic(
    bootstrap_servers: str, organisation: Organisation, number: int
) -> dict[str, list[int]]:
    """Versions by contact of the office's events on `koppel.record.v1`, once so many contacts were told."""
    versions: dict[str, list[int]] = {}
    async with (
        asyncio.timeout(60),
        AIOKafkaConsumer(
            RECORD.name, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest"
        ) as consumer,
    ):
        while len(versions) < number:
            record = await consumer.getone()
            envelope = decode(record.headers)
            body = json.loads(record.value)
            ours = envelope.organisation_id == organisation.organisation_id and body["resource"] == "contact"
            if ours and envelope.sequence is not None:
                assert (
                    record.key.decode() == f"{organisation.administration_id}/contact/{body['external_id']}"
                )
                versions.setdefault(body["external_id"], []).append(envelope.sequence)
    return versions


async def _completed(bootstrap_servers: str, run: Json) -> Envelope:
    """What a subscriber of `koppel.sync.v1` is given when the run is done."""
    async with (
        asyncio.timeout(60),
        AIOKafkaConsumer(
            SYNC.name, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest"
        ) as consumer,
    ):
        async for record in consumer:
            envelope, told = decode(record.headers), json.loads(record.value)
            if envelope.type.startswith("nl.koppel.SyncCompleted.") and told["run_id"] == run["id"]:
                return envelope
    raise AssertionError("the topic ended")


def _leading_to(came: Collector, trace_id: bytes) -> set[bytes]:
    """The trace, and those that its spans are linked to, and so on."""
    found, further = set[bytes](), {trace_id}
    while further:
        found |= further
        links = [link for span in came.spans() if span.trace_id in found for link in span.links]
        further = {link.trace_id for link in links} - found
    return found


async def _a_click_can_be_followed(
    service: ServiceProcess, organisation: OverKafka, came: Collector, kafka_server: str
) -> None:
    """From a call to what a subscriber is given, which has the click's trace; what is done meanwhile is linked to it, since
    late work is no part of an old trace. Ends the service.

    Here, and not in a test of its own: a second database would have to be told that these topics are another's.
    """
    with TracerProvider(shutdown_on_exit=False).get_tracer("console").start_as_current_span("click") as click:
        propagator.inject(organisation.http.headers)
        asked = await organisation.ask(mode="full", resources=["project"])
        del organisation.http.headers["traceparent"]
    run = await organisation.finished(asked)
    heard = remote_span((await _completed(kafka_server, run)).traceparent)
    assert heard is not None
    assert await service.end(signal.SIGTERM) == 0
    clicked = click.get_span_context().trace_id.to_bytes(16)
    spans = {name: [span for span in came.spans() if span.name == name] for name in _CHAIN}
    assert clicked in {span.trace_id for span in spans["POST /v1/syncs"]}
    for name in ("process sync-svc", "sync run"):
        assert any(link.trace_id == clicked for span in spans[name] for link in span.links), name
    assert any(clicked in _leading_to(came, span.trace_id) for span in spans["GET"])
    assert heard.trace_id.to_bytes(16) == clicked


async def test_a_service_killed_in_the_middle_of_a_sync_ends_with_every_record_once(
    service: ServiceProcess,
    organisation: OverKafka,
    company: Company,
    kafka_server: str,
    collector: Collector,
) -> None:
    company.order_fault("delay", "/v2/customers", seconds=0.15)
    await organisation.arrive(company)
    sync_request_id = await organisation.ask(mode="full", resources=["contact"])

    async def run() -> Json | None:
        found = await organisation.run_of(sync_request_id)
        counts = [each["fetched"] for each in found["resources"]] if found else []
        return found if sum(counts) >= CUSTOMERS / 4 else None

    begun = await eventually(run, within=60, what="a quarter of the customers")
    assert begun is not None
    assert begun["state"] == "running"
    await service.end(signal.SIGKILL)
    await service.start()
    await ready(organisation.http)
    finished = await organisation.finished(sync_request_id)
    assert finished["id"] == begun["id"]
    assert finished["outcome"] == "changed"
    contacts = next(each for each in finished["resources"] if each["resource"] == "contact")
    truth = company.truth("customers") | company.truth("suppliers")
    assert len(truth) == CUSTOMERS + 1
    assert (contacts["fetched"], contacts["changed"], contacts["total"]) == (len(truth),) * 3
    told = await told_on_the_topic(kafka_server, organisation, len(truth))
    assert told.keys() == truth.keys()
    assert {version for versions in told.values() for version in versions} == {1}
    await _a_click_can_be_followed(service, organisation, collector, kafka_server)
