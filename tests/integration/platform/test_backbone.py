"""Log → relay → Kafka → consumer → effect, on the real parts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.envelope import decode
from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.cause import Cause
from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.relay import Relay, producer_factory
from koppel.testing.databases import ServiceDatabase
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


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _pending(database: Database) -> int:
    async with database.system() as connection:
        return await connection.fetchval("select count(*) from outbox_pending")


async def _drained(database: Database) -> None:
    async def empty() -> bool:
        return await _pending(database) == 0

    await eventually(empty, within=30, what="the outbox being empty")


@pytest.fixture
def relay(database: Database, kafka_server: str, topic: str) -> Relay:
    return Relay(database, "import-svc", producer_factory(kafka_server, "test-relay"))


async def test_every_event_reaches_kafka_in_order_with_its_envelope(
    database: Database, kafka_server: str, topic: str, relay: Relay, organisation: Organisation
) -> None:
    correlation = uuid4()
    async with running(relay):
        for number in range(50):
            async with database.transaction(organisation.organisation_id) as connection:
                log = EventLog(
                    connection,
                    Cause(correlation_id=correlation, traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01"),
                )
                await log.append(organisation.renamed(str(number)), organisation.renamed(f"{number}b"))
        await _drained(database)
    mine = [
        record
        for record in await _everything(kafka_server, topic)
        if record.key == str(organisation.administration_id).encode()
    ]
    envelopes = [decode(record.headers) for record in mine]
    assert [envelope.sequence for envelope in envelopes] == list(range(1, 101))
    assert {envelope.type for envelope in envelopes} == {"nl.koppel.AdministrationRenamed.v1"}
    assert {envelope.correlation_id for envelope in envelopes} == {correlation}
    assert envelopes[0].organisation_id == organisation.organisation_id
    assert envelopes[0].traceparent is not None


async def test_a_row_marked_while_it_is_being_read_is_not_sent_again(
    database: Database,
    kafka_server: str,
    topic: str,
    relay: Relay,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = relay._outbox.read

    async def slow_read_from_the_start(after: int, limit: int) -> list[asyncpg.Record]:
        """Every read begins below what is in flight, and returns after all of that was marked."""
        rows = await read(0, limit)

        async def marked() -> bool:
            return not relay._in_flight

        await eventually(marked, within=10)
        return rows

    monkeypatch.setattr(relay._outbox, "read", slow_read_from_the_start)
    async with running(relay):
        for number in range(30):
            async with database.transaction(organisation.organisation_id) as connection:
                await EventLog(connection).append(organisation.renamed(str(number)))
        await _drained(database)
    keys = [record.key for record in await _everything(kafka_server, topic)]
    assert keys.count(str(organisation.administration_id).encode()) == 30


@pytest.mark.parametrize("error", [asyncpg.InternalClientError("cut in the middle"), ZeroDivisionError()])
async def test_a_relay_starts_anew_whatever_ended_its_session(
    database: Database,
    relay: Relay,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    """What is pending is in the table; a relay that ended would take its service down with it."""
    read, failures = relay._outbox.read, [error]

    async def fail_once(after: int, limit: int) -> list[asyncpg.Record]:
        if failures:
            raise failures.pop()
        return await read(after, limit)

    monkeypatch.setattr(relay._outbox, "read", fail_once)
    async with database.transaction(organisation.organisation_id) as connection:
        await EventLog(connection).append(organisation.renamed("pending"))
    async with running(relay):
        await _drained(database)
    assert not failures


async def test_one_oversized_event_stops_its_stream_and_no_other(
    database: Database, kafka_server: str, topic: str, relay: Relay, organisation: Organisation
) -> None:
    other = Organisation()
    async with database.system() as connection:
        await EventLog(connection).append(
            organisation.renamed("x" * 2_000_000), organisation.renamed("after")
        )
        await EventLog(connection).append(other.renamed("fine"))
    async with running(relay):

        async def only_the_stuck_stream() -> bool:
            return await _pending(database) == 2

        await eventually(only_the_stuck_stream, within=30)
    keys = {record.key for record in await _everything(kafka_server, topic)}
    assert str(other.administration_id).encode() in keys
    assert str(organisation.administration_id).encode() not in keys


async def test_effects_happen_once_through_the_whole_path(
    service: ServiceDatabase,
    database: Database,
    kafka_server: str,
    topic: str,
    relay: Relay,
    organisation: Organisation,
    consumer_name: str,
) -> None:
    owner = await asyncpg.connect(service.owner_dsn)
    await owner.execute(
        "create table platform.effect (id bigint generated always as identity, name text not null)"
    )
    await owner.close()

    async def on_renamed(event: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
        if event.data.organisation_id == organisation.organisation_id:
            await connection.execute("insert into effect (name) values ($1)", event.data.name)

    subscriptions = Subscriptions(consumer_name)
    subscriptions.on(AdministrationRenamed, on_renamed)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_server)
    await producer.start()
    await producer.send_and_wait(topic, b"not json", key=b"junk", headers=[("ce_id", b"\xff")])
    await producer.send_and_wait(topic, b"{}", key=None)
    consumer = Consumer(live(database, subscriptions), kafka_server)
    await consumer.start()
    try:
        async with running(relay):
            async with database.transaction(organisation.organisation_id) as connection:
                await EventLog(connection).append(*(organisation.renamed(str(n)) for n in range(500)))
            await _applied(database, 500)
            for record in [
                r
                for r in await _everything(kafka_server, topic)
                if r.key == str(organisation.administration_id).encode()
            ]:
                await producer.send(topic, record.value, key=record.key, headers=list(record.headers))
            await producer.flush()
            async with database.transaction(organisation.organisation_id) as connection:
                await EventLog(connection).append(organisation.renamed("last"))
            await _applied(database, 501)
    finally:
        await producer.stop()
        await consumer.stop()
    async with database.system() as connection:
        names = [row["name"] for row in await connection.fetch("select name from effect order by id")]
        parked = await connection.fetchval(
            "select count(*) from parked_event where cause_class = 'malformed'"
        )
    assert names == [*map(str, range(500)), "last"]
    assert parked >= 2


async def _applied(database: Database, count: int) -> None:
    async def reached() -> bool:
        async with database.system() as connection:
            return await connection.fetchval("select count(*) from effect") >= count

    await eventually(reached, within=30, what=f"{count} effects")


async def _everything(bootstrap: str, topic: str) -> list[Any]:
    """All records of the topic, by a consumer without a group."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        records: list[Any] = []
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                records.extend(batch)
        return records
    finally:
        await consumer.stop()
