"""All clients of ours at a broker that wants TLS and a login, and what they say when it refuses them."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pydantic import SecretStr

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.replay_topic import replay_topic_name
from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.consumer.kafka.groups import ConsumerGroups
from koppel.platform.database import Connection, Database
from koppel.platform.kafka.access import KafkaAccess, Login, SaslMechanism, client_options
from koppel.platform.kafka.certificates import CertificateFiles, RenewedContext
from koppel.platform.kafka.refusals import attempting
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.relay import Relay, producer_factory
from koppel.platform.replay import ReplayProducer, ReplayTopics
from koppel.platform.restore.published import tails
from koppel.platform.runner.waiting import wait_for
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation
from koppel_local.failure import SetupFailed
from koppel_local.kafka.topic_differences import differences
from koppel_local.kafka.topics import create_missing

from .secured_kafka import PASSWORD, USERNAME, SecuredKafka


@pytest.fixture(scope="module")
def secured(new_folder: Callable[[], Path]) -> Iterator[SecuredKafka]:
    server = SecuredKafka(new_folder())
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
async def connections_end() -> AsyncIterator[None]:
    """Closing over TLS takes the other side; a loop that ends before leaves sockets."""
    before = psutil.Process().num_fds()
    yield

    async def ended() -> bool:
        return psutil.Process().num_fds() <= before

    await eventually(ended, within=30)


@pytest.fixture
def access(secured: SecuredKafka) -> KafkaAccess:
    return _access(secured)


def _access(
    secured: SecuredKafka, password: str = PASSWORD, mechanism: SaslMechanism = SaslMechanism.SCRAM_SHA_512
) -> KafkaAccess:
    tls = RenewedContext(CertificateFiles(secured.certificates.authority))
    return KafkaAccess(secured.login, tls, Login(USERNAME, SecretStr(password), mechanism))


async def test_an_event_goes_its_whole_way_and_every_client_is_let_in(
    access: KafkaAccess, database: Database, organisation: Organisation, consumer_name: str
) -> None:
    await create_missing(access)
    applied = asyncio.Event()

    async def on_renamed(_: ReceivedEvent[AdministrationRenamed], __: Connection) -> None:
        applied.set()

    subscriptions = Subscriptions(consumer_name)
    subscriptions.on(AdministrationRenamed, on_renamed)
    consumer = Consumer(live(database, subscriptions), access)
    relay = asyncio.create_task(Relay(database, "import-svc", producer_factory(access, "test-relay")).run())
    await consumer.start()
    try:
        async with database.transaction(organisation.organisation_id) as connection:
            await EventLog(connection).append(organisation.renamed("new"))
        await asyncio.wait_for(applied.wait(), 30)
        (topic,) = live(database, subscriptions).topics
        standings = await ConsumerGroups(access).standings({consumer_name: {topic}}, lambda _: False)
        assert {each.state for each in standings} == {"consuming"}
        assert [each.key for each in await tails(access, "import-svc")] == [
            str(organisation.administration_id)
        ]
    finally:
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay
        await consumer.stop()


async def test_a_replay_topic_is_made_and_sent_to(access: KafkaAccess, consumer_name: str) -> None:
    producer = ReplayProducer(access, "test-replay")
    await producer.send(consumer_name, [(b"k", b"{}", [("a", b"1")])])
    await producer.stop()
    assert await ReplayTopics(access).exists(consumer_name)
    assert replay_topic_name(consumer_name) not in {
        each.topic for each in await asyncio.to_thread(differences, access)
    }


@pytest.mark.parametrize("way", ["PLAIN", "a certificate"])
async def test_other_ways_in(secured: SecuredKafka, way: str) -> None:
    kafka = _access(secured, mechanism=SaslMechanism.PLAIN)
    if way == "a certificate":
        files = CertificateFiles(secured.certificates.authority, *secured.certificates.client)
        kafka = KafkaAccess(secured.mutual, RenewedContext(files))
    assert await _refusal(kafka) is None


async def _refusal(kafka: KafkaAccess) -> str | None:
    admin = AIOKafkaAdminClient(**client_options(kafka))
    with attempting() as tried:
        try:
            await admin.start()
        except KafkaError as error:
            return tried.why(error)
        finally:
            await admin.close()
    return None


@pytest.mark.parametrize(
    "wrong",
    ["password", "mechanism", "authority", "host", "no TLS", "no login", "no certificate", "TLS too much"],
)
async def test_a_refusal_names_the_setting(secured: SecuredKafka, wrong: str) -> None:
    good = _access(secured)
    anybody = ssl.create_default_context()
    kafka, named = {
        "password": (_access(secured, "wrong"), "KOPPEL_KAFKA_SASL_PASSWORD"),
        "mechanism": (_access(secured, mechanism=SaslMechanism.SCRAM_SHA_256), "KOPPEL_KAFKA_SASL_MECHANISM"),
        "authority": (KafkaAccess(secured.login, anybody, good.login), "KOPPEL_KAFKA_CA_FILE"),
        "host": (KafkaAccess(secured.login.replace("127.0.0.1", "localhost"), good.tls, good.login), "Hostname mismatch"),
        "no TLS": (KafkaAccess(secured.login), "KOPPEL_KAFKA_SECURITY_PROTOCOL"),
        "no login": (KafkaAccess(secured.login, good.tls), "KOPPEL_KAFKA_SECURITY_PROTOCOL"),
        "no certificate": (KafkaAccess(secured.mutual, good.tls), "KOPPEL_KAFKA_CERTIFICATE_FILE"),
        "TLS too much": (KafkaAccess(secured.bootstrap_servers, good.tls), "KOPPEL_KAFKA_SECURITY_PROTOCOL"),
    }[wrong]  # fmt: skip
    said = await _refusal(kafka)
    assert named in (said or "")
    assert PASSWORD not in (said or "")


async def test_a_service_with_a_wrong_password_waits_and_says_where_to_look(
    secured: SecuredKafka, caplog: pytest.LogCaptureFixture
) -> None:
    kafka = _access(secured, "wrong")
    with caplog.at_level(logging.WARNING):
        waiting = asyncio.create_task(wait_for(f"Kafka at {kafka}", lambda: tails(kafka, "import-svc")))
        try:

            async def told() -> bool:
                return bool(caplog.messages)

            await eventually(told, within=30)
        finally:
            waiting.cancel()
    assert caplog.messages[0].startswith(f"waiting for Kafka at {secured.login} (Unable connect to ")
    assert "look at KOPPEL_KAFKA_SASL_USERNAME and KOPPEL_KAFKA_SASL_PASSWORD" in caplog.messages[0]


async def test_the_job_of_topics_ends_with_one_line_about_a_wrong_password(secured: SecuredKafka) -> None:
    with pytest.raises(SetupFailed, match="look at KOPPEL_KAFKA_SASL_USERNAME"):
        await create_missing(_access(secured, "wrong"))
