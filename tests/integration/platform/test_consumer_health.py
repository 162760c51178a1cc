"""A consumer says that it consumes only while it does, on a broker of its own that the tests stop and kill."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.ids import new_id
from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.consumer.kafka import consumer as consumer_module
from koppel.platform.database import Connection, Database
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation
from koppel_local.kafka.server import KafkaServer

PARTITIONS = 3


@pytest.fixture(scope="module")
def own_kafka(new_folder: Callable[[], Path]) -> Iterator[KafkaServer]:
    server = KafkaServer(new_folder())
    try:
        server.start()
        yield server
    finally:
        if server.pid is not None:
            os.kill(server.pid, signal.SIGCONT)
        server.stop()


@pytest.fixture
async def topic(own_kafka: KafkaServer) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=own_kafka.bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(ADMINISTRATION.name, PARTITIONS, 1)])
    finally:
        await admin.close()
    return ADMINISTRATION.name


async def soon(condition: Callable[[], bool], within: float = 20) -> None:
    async def holds() -> bool:
        return condition()

    await eventually(holds, within=within)


class Handler:
    """Notes the names of one organisation's events; waits while `gate` is closed. The topic holds other tests' events too."""

    def __init__(self, name: str, organisation: Organisation) -> None:
        self.organisation = organisation
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.applied: list[str] = []
        self.subscriptions = Subscriptions(name)
        self.subscriptions.on(AdministrationRenamed, self.on_renamed)

    async def on_renamed(self, event: ReceivedEvent[AdministrationRenamed], _: Connection) -> None:
        if event.data.organisation_id != self.organisation.organisation_id:
            return
        self.entered.set()
        await self.gate.wait()
        self.applied.append(event.data.name)


@pytest.fixture
def handler(consumer_name: str, organisation: Organisation) -> Handler:
    return Handler(consumer_name, organisation)


@asynccontextmanager
async def consuming(
    database: Database, kafka: KafkaServer, handler: Handler, instance: str | None = None
) -> AsyncIterator[Consumer]:
    consumer = Consumer(live(database, handler.subscriptions), kafka.bootstrap_servers, instance=instance)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def publish(kafka: KafkaServer, organisation: Organisation, *names: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    await producer.start()
    try:
        for version, name in enumerate(names, 1):
            event = organisation.renamed(name)
            envelope = Envelope(
                id=str(new_id()),
                type=event.type_name(),
                source=source_of(event.topic.owner),
                subject=event.key,
                time=event.renamed_at,
                organisation_id=organisation.organisation_id,
                sequence=version,
            )
            value = event.model_dump_json().encode()
            headers = encode(envelope)
            await producer.send_and_wait(ADMINISTRATION.name, value, key=event.key.encode(), headers=headers)
    finally:
        await producer.stop()


async def says(consumer: Consumer, what: str | None, within: float = 20) -> None:
    async def told() -> bool:
        reason = consumer.unready_reason()
        return reason is None if what is None else reason is not None and what in reason

    await eventually(told, within=within, what=f"{what!r}; it says {consumer.unready_reason()!r}")


async def settled(*members: Consumer) -> None:
    """One may know its partitions before the other does, and each is well meanwhile."""

    async def shared() -> bool:
        found = [partitions(each) for each in members]
        return all(each._listener.assigned for each in members) and all(found) and sum(found) == PARTITIONS

    await eventually(shared, within=40)
    for each in members:
        await says(each, None)


def partitions(member: Consumer) -> int:
    assert member._subscriber is not None
    assert member._subscriber.consumer is not None
    return len(member._subscriber.consumer.assignment())


async def test_an_idle_consumer_is_well_for_longer_than_it_takes_to_doubt_one(
    database: Database, own_kafka: KafkaServer, topic: str, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_SILENT_FOR", 2.0)
    async with consuming(database, own_kafka, handler) as consumer:
        await says(consumer, None)
        heard: list[str | None] = []

        async def listened() -> bool:
            heard.append(consumer.unready_reason())
            return len(heard) >= 100

        await eventually(listened, within=60)
        assert set(heard) == {None}


async def test_a_broker_that_hangs_is_noticed_and_forgiven(
    database: Database, own_kafka: KafkaServer, topic: str, handler: Handler
) -> None:
    async with consuming(database, own_kafka, handler) as consumer:
        await says(consumer, None)
        assert own_kafka.pid is not None
        os.kill(own_kafka.pid, signal.SIGSTOP)
        try:
            await says(consumer, "silent")
            assert consumer._subscriber is not None
            assert consumer._subscriber.consumer is not None
            assert consumer._subscriber.consumer.assignment(), "the client still believes in its partitions"
        finally:
            os.kill(own_kafka.pid, signal.SIGCONT)
        await says(consumer, None, within=60)


async def test_a_batch_that_does_not_end_is_noticed(
    database: Database,
    own_kafka: KafkaServer,
    topic: str,
    handler: Handler,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumer_module, "_BATCH_WITHIN", 0.5)
    handler.gate.clear()
    async with consuming(database, own_kafka, handler) as consumer:
        await says(consumer, None)
        await publish(own_kafka, organisation, "stuck")
        await says(consumer, "batch in hand")
        handler.gate.set()
        await says(consumer, None)


async def test_a_consumer_whose_task_ended_is_not_consuming(
    database: Database, own_kafka: KafkaServer, topic: str, handler: Handler
) -> None:
    async with consuming(database, own_kafka, handler) as consumer:
        await says(consumer, None)
        assert consumer._subscriber is not None
        for task in consumer._subscriber.tasks:
            task.cancel()
        await says(consumer, "task ended")
        with pytest.raises(RuntimeError):
            consumer.raise_if_dead()


async def test_a_second_member_gets_partitions_only_after_the_batch_in_hand(
    database: Database, own_kafka: KafkaServer, topic: str, handler: Handler, organisation: Organisation
) -> None:
    handler.gate.clear()
    other = Handler(handler.subscriptions.name, handler.organisation)
    async with consuming(database, own_kafka, handler) as first:
        await says(first, None)
        await publish(own_kafka, organisation, "one", "two")
        await asyncio.wait_for(handler.entered.wait(), 20)
        async with consuming_soon(database, own_kafka, other) as joining:
            await soon(lambda: not first._listener.assigned)
            assert not joining.done(), "nobody gets partitions before the batch is done"
            handler.gate.set()
            second = await asyncio.wait_for(joining, 40)
            await says(first, None)
            await says(second, None)
            await soon(lambda: sorted(handler.applied + other.applied) == ["one", "two"], within=20)
    assert other.applied == [] or handler.applied[-1:] != ["two"]


@asynccontextmanager
async def consuming_soon(
    database: Database, kafka: KafkaServer, handler: Handler
) -> AsyncIterator["asyncio.Task[Consumer]"]:
    consumer = Consumer(live(database, handler.subscriptions), kafka.bootstrap_servers)

    async def joined() -> Consumer:
        await consumer.start()
        await soon(lambda: consumer._listener.assigned, within=40)
        return consumer

    task = asyncio.create_task(joined())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await consumer.stop()


async def test_a_static_member_that_restarts_moves_nobodys_partitions(
    database: Database, own_kafka: KafkaServer, topic: str, handler: Handler
) -> None:
    other = Handler(handler.subscriptions.name, handler.organisation)
    async with consuming(database, own_kafka, handler, instance="a") as stays:
        await says(stays, None)
        async with consuming(database, own_kafka, other, instance="b") as restarts:
            await settled(stays, restarts)
            since = stays._listener.since
        async with consuming(database, own_kafka, other, instance="b") as again:
            await settled(stays, again)
            assert stays._listener.since == since, "a restart was no rebalance for the others"


async def test_a_cancelled_batch_is_neither_acknowledged_nor_lost(
    database: Database,
    own_kafka: KafkaServer,
    topic: str,
    handler: Handler,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumer_module, "_DRAIN_WITHIN", 0.2)
    handler.gate.clear()
    async with consuming(database, own_kafka, handler) as consumer:
        await says(consumer, None)
        await publish(own_kafka, organisation, "one", "two")
        await asyncio.wait_for(handler.entered.wait(), 20)
    assert handler.applied == []
    async with database.system() as connection:
        assert not await connection.fetchval(
            "select count(*) from consumer_head where key = $1", str(organisation.administration_id)
        )
    handler.gate.set()
    async with consuming(database, own_kafka, handler):
        await soon(lambda: handler.applied == ["one", "two"], within=40)
