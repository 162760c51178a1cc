"""A producer that is fenced, out of order or silent is replaced, and what it had in flight is sent by the next."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import InvalidProducerEpoch, OutOfOrderSequenceNumber, ProducerFenced

from koppel.contracts.topics import ADMINISTRATION
from koppel.platform.database import Database
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.producer import STUCK_AFTER, give_up, producer_factory
from koppel.platform.outbox.relay import Relay
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation


@pytest.fixture
async def topic(kafka_server: str) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(ADMINISTRATION.name, 3, 1)])
    finally:
        await admin.close()
    return ADMINISTRATION.name


def refuses(error: Exception) -> Callable[[AIOKafkaProducer], None]:
    def spoil(producer: AIOKafkaProducer) -> None:
        async def send_batch(*_: Any, **__: Any) -> "asyncio.Future[object]":
            answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            answer.set_exception(error)
            return answer

        producer.send_batch = send_batch

    return spoil


def never_answers(producer: AIOKafkaProducer) -> None:
    async def send_batch(*_: Any, **__: Any) -> "asyncio.Future[object]":
        return asyncio.get_running_loop().create_future()

    producer.send_batch = send_batch


def never_takes(producer: AIOKafkaProducer) -> None:
    async def send_batch(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    producer.send_batch = send_batch


SPOILT = {
    "out of order": refuses(OutOfOrderSequenceNumber()),
    "fenced": refuses(ProducerFenced()),
    "old epoch": refuses(InvalidProducerEpoch()),
    "never answers": never_answers,
    "never takes": never_takes,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
async def test_a_dead_producer_is_replaced(
    database: Database,
    kafka_server: str,
    topic: str,
    organisation: Organisation,
    spoil: Callable[[AIOKafkaProducer], None],
) -> None:
    made: list[AIOKafkaProducer] = []
    healthy = producer_factory(kafka_server, "test-dead")

    def factory() -> AIOKafkaProducer:
        made.append(healthy())
        if len(made) == 1:
            spoil(made[0])
        return made[-1]

    async with database.transaction(organisation.organisation_id) as connection:
        await EventLog(connection).append(organisation.renamed("one"), organisation.renamed("two"))
    relay = asyncio.create_task(Relay(database, "import-svc", factory).run())
    try:

        async def empty() -> bool:
            async with database.system() as connection:
                return not await connection.fetchval("select count(*) from outbox_pending")

        await eventually(empty, within=30)
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
    assert len(made) == 2
    assert made[0]._closed


def test_silence_settling_closing_and_the_longest_pause_together_stay_below_ten_seconds() -> None:
    from koppel.platform.outbox import in_flight, producer, relay  # noqa: PLC0415  (names of modules)

    worst = STUCK_AFTER + relay._LOOK_AT_PRODUCER_EVERY + in_flight.SETTLE_WITHIN + producer._CLOSE_WITHIN * 3
    assert worst + relay._RESTART.first.total_seconds() < 10


async def test_a_producer_given_up_while_it_cannot_flush_leaves_no_sender(
    kafka_server: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer = producer_factory(kafka_server, "test-stuck")()
    await producer.start()

    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(producer._message_accumulator, "close", never)
    await give_up(producer)
    assert producer._sender.sender_task.done()
