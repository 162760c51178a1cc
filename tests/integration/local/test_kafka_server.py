"""The embedded Kafka: ready means usable, and what was acknowledged is there after a kill."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from koppel.contracts.topics import TOPICS
from koppel_local.failure import SetupFailed
from koppel_local.kafka.server import KafkaServer
from koppel_local.kafka.topics import NEEDED, create_missing


@pytest.fixture(scope="module")
def server(new_folder: Callable[[], Path]) -> Iterator[KafkaServer]:
    """One broker for this file; each test starts it itself."""
    made = KafkaServer(new_folder())
    try:
        yield made
    finally:
        made.stop()


def pid_of(server: KafkaServer) -> int:
    assert server.pid is not None
    return server.pid


async def produced(server: KafkaServer, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=server.bootstrap_servers, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, partition=0)
    finally:
        await producer.stop()


async def consumed(server: KafkaServer, topic: str) -> bytes | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=server.bootstrap_servers, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        return (await consumer.getone()).value
    finally:
        await consumer.stop()


async def test_a_group_can_be_joined_as_soon_as_it_is_ready(server: KafkaServer) -> None:
    server.start()
    await create_missing(server.bootstrap_servers)
    consumer = AIOKafkaConsumer(
        TOPICS[0].name, bootstrap_servers=server.bootstrap_servers, group_id=str(uuid4()), retry_backoff_ms=1
    )
    await consumer.start()
    try:
        assert len(consumer.assignment()) == TOPICS[0].partitions
    finally:
        await consumer.stop()


async def test_what_was_acknowledged_survives_a_kill_at_the_same_address(server: KafkaServer) -> None:
    server.start()
    await create_missing(server.bootstrap_servers)
    address, topic, value = server.bootstrap_servers, TOPICS[1].name, uuid4().bytes
    await produced(server, topic, value)
    os.kill(pid_of(server), signal.SIGKILL)
    server.start()
    assert server.bootstrap_servers == address
    assert await consumed(server, topic) == value


async def test_topics_are_as_the_contracts_say_and_making_them_again_is_harmless(server: KafkaServer) -> None:
    server.start()
    for _ in range(2):
        await create_missing(server.bootstrap_servers)
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap_servers)
    await admin.start()
    try:
        described = await admin.describe_topics([topic.name for topic in NEEDED])
        partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
        assert partitions == {topic.name: topic.partitions for topic in NEEDED}
        for topic in NEEDED:
            policy = await setting(admin, topic.name, "cleanup.policy")
            assert policy == ("compact" if topic.compacted else "delete")
            assert await setting(admin, topic.name, "retention.ms") == str(topic.retention_ms or -1)
    finally:
        await admin.close()


async def setting(admin: AIOKafkaAdminClient, topic: str, name: str) -> str:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: None})])
    return str(answers[0].resources[0][4][0][1])


async def test_unknown_topics_are_not_made_by_asking(server: KafkaServer) -> None:
    server.start()
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap_servers)
    await admin.start()
    try:
        name = f"unknown-{uuid4()}"
        await admin.describe_topics([name])
        assert name not in await admin.list_topics()
    finally:
        await admin.close()


def test_it_writes_a_log_of_its_own(server: KafkaServer) -> None:
    server.start()
    assert "Kafka Server started" in server.log.read_text()


def test_stopping_leaves_no_process_and_no_lock(server: KafkaServer) -> None:
    server.start()
    server.stop()
    server.stop()
    assert server.pid is None
    assert list(server.log.parent.parent.rglob(".lock")) == []


def test_a_wanted_port_that_is_taken_is_refused_with_a_hint(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        with pytest.raises(SetupFailed) as refused:
            KafkaServer(tmp_path, port=stranger.getsockname()[1]).start()
        assert refused.value.code == "port_taken"
