"""Consumers that wake late, and a database that is away while the group rebalances: effects once, nothing lost."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.consumer.kafka import consumer as consumer_module
from koppel.platform.database import Connection, Database
from koppel.testing.databases import ServiceDatabase, service_database
from koppel.testing.eventually import eventually
from koppel_local.postgres.server import PostgresServer

from .noted import ORGANISATION, Noted, own_topic, record, send

STREAMS, PARTITIONS = 12, 3
HERE = Path(__file__).parent
A_PROCESS = """
import asyncio, os, sys
from noted import noted_on
from koppel.platform.consumer import Consumer, Subscriptions, live
from koppel.platform.database import Database

dsn, kafka, name, topic, gate = sys.argv[1:]

class Impatient(Database):
    def _server_settings(self):
        return super()._server_settings() | {"idle_in_transaction_session_timeout": "2s"}

async def on_noted(event, connection):
    await connection.execute("insert into effect (name) values ($1)", event.data.name)
    print("entered", flush=True)
    while not os.path.exists(gate):
        await asyncio.sleep(0.01)

async def main():
    database = Impatient(dsn, "platform")
    await database.open()
    subscriptions = Subscriptions(name)
    subscriptions.on(noted_on(topic), on_noted)
    consumer = Consumer(live(database, subscriptions), kafka)
    await consumer.start()
    while not os.path.exists(gate):
        await asyncio.sleep(0.05)
    while consumer.unready_reason() is not None or not consumer._listener.assigned:
        await asyncio.sleep(0.05)
    print("well", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def own_postgres(new_folder: Callable[[], Path]) -> Iterator[PostgresServer]:
    server = PostgresServer(new_folder(), durable=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
async def group(
    own_postgres: PostgresServer, kafka_server: str, consumer_name: str
) -> AsyncIterator["Group"]:
    event = await own_topic(kafka_server, partitions=PARTITIONS)
    async with service_database(own_postgres.dsn, "platform", "koppel.testing.platform_only") as service:
        owner = await asyncpg.connect(service.owner_dsn)
        await owner.execute(
            "create table platform.effect (id bigint generated always as identity, name text)"
        )
        await owner.close()
        database = service.open()
        await database.open()
        yield Group(service, database, kafka_server, consumer_name, event)
        await database.close()


class Group:
    """One consumer's members, and streams in every partition of a topic of its own."""

    def __init__(
        self, service: ServiceDatabase, database: Database, kafka: str, name: str, event: type[Noted]
    ) -> None:
        self.service, self.database, self.kafka, self.name = service, database, kafka, name
        self.event = event
        self.published: list[str] = []
        self.entered = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    @asynccontextmanager
    async def member(self) -> AsyncIterator[Consumer]:
        subscriptions = Subscriptions(self.name)
        subscriptions.on(self.event, self._on_noted)
        consumer = Consumer(live(self.database, subscriptions), self.kafka)
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def _on_noted(self, event: ReceivedEvent[Noted], connection: Connection) -> None:
        await connection.execute("insert into effect (name) values ($1)", event.data.name)
        self.entered.set()
        await self.gate.wait()

    async def publish(self, version: int) -> None:
        """This version of every stream."""
        events = [
            self.event(organisation_id=ORGANISATION, stream=f"stream-{number}", name=f"{number}.{version}")
            for number in range(STREAMS)
        ]
        await send(self.kafka, *(record(event, version) for event in events))
        self.published += [event.name for event in events]

    async def effects(self) -> list[str]:
        async with self.database.system() as connection:
            return [row["name"] for row in await connection.fetch("select name from effect order by id")]

    async def done(self) -> None:
        """Each published event had its effect; and exactly one, in the order of its stream."""

        async def all_of_them() -> bool:
            return set(self.published) <= set(await self.effects())

        await eventually(all_of_them, within=90)
        await self.once()

    async def once(self) -> None:
        effects = await self.effects()
        assert sorted(effects) == sorted(self.published)
        for number in range(STREAMS):
            versions = [int(name.split(".")[1]) for name in effects if name.startswith(f"{number}.")]
            assert versions == sorted(versions)

    async def acknowledged(self) -> None:
        """The group's offsets reach the ends of the partitions."""
        partitions = [TopicPartition(self.event.topic.name, number) for number in range(PARTITIONS)]
        reader = AIOKafkaConsumer(bootstrap_servers=self.kafka, group_id=self.name, enable_auto_commit=False)
        await reader.start()
        try:
            ends = await reader.end_offsets(partitions)

            async def there() -> bool:
                return all([await reader.committed(each) == ends[each] for each in partitions])

            await eventually(there, within=60)
        finally:
            await reader.stop()

    @asynccontextmanager
    async def process(self, gate: Path) -> AsyncIterator[asyncio.subprocess.Process]:
        arguments = (self.service.app_dsn, self.kafka, self.name, self.event.topic.name, str(gate))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", A_PROCESS, *arguments), stdout=asyncio.subprocess.PIPE, cwd=HERE
        )
        try:
            yield process
        finally:
            process.kill()
            await process.wait()


async def says(process: asyncio.subprocess.Process, what: bytes) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(90):
        while (line := (await process.stdout.readline()).strip()) != what:
            assert process.returncode is None, line


async def assigned(*members: Consumer) -> None:
    async def all_have_some() -> bool:
        return all(each._listener.assigned and partitions(each) for each in members)

    await eventually(all_have_some, within=60)
    assert sum(len(partitions(each)) for each in members) == PARTITIONS


def partitions(member: Consumer) -> set[TopicPartition]:
    assert member._subscriber is not None
    assert member._subscriber.consumer is not None
    return set(member._subscriber.consumer.assignment())


async def test_a_process_that_was_stopped_in_a_batch_and_wakes_late_changes_nothing(
    group: Group, tmp_path: Path
) -> None:
    """Stopped past its session's time-out, its effects written and not committed; another member did its work meanwhile."""
    gate = tmp_path / "gate"
    async with group.process(gate) as late:
        await group.publish(1)
        await says(late, b"entered")
        os.kill(late.pid, signal.SIGSTOP)
        try:
            await group.publish(2)
            async with group.member() as heir:
                await group.done()
                assert len(partitions(heir)) == PARTITIONS
                gate.touch()
                os.kill(late.pid, signal.SIGCONT)
                await says(late, b"well")
                await group.publish(3)
                await group.done()
        finally:
            os.kill(late.pid, signal.SIGCONT)
        await group.acknowledged()
        await group.once()


async def test_a_batch_that_outlasts_the_drain_does_not_keep_others_from_their_partitions(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_DRAIN_WITHIN", 0.3)
    async with group.member() as first:
        await assigned(first)
        group.gate.clear()
        await group.publish(1)
        await asyncio.wait_for(group.entered.wait(), 60)
        async with group.member() as second:
            await assigned(first, second)
            assert await group.effects() == [], "the batch in hand is still in hand"
            group.gate.set()
            await group.done()
            await group.publish(2)
            await group.done()
            await group.acknowledged()
            await group.once()


async def test_a_database_that_is_away_during_a_rebalance_doubles_and_loses_nothing(
    group: Group, own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_DRAIN_WITHIN", 0.3)
    async with group.member() as first:
        await assigned(first)
        await group.publish(1)
        await group.done()
        await asyncio.to_thread(own_postgres.stop)
        try:
            await group.publish(2)

            async def in_hand() -> bool:
                return not first._idle.is_set()

            await eventually(in_hand, within=60)
            async with group.member() as second:
                await assigned(first, second)
                await group.publish(3)
                assert not first._idle.is_set(), "its batch waits for the database"
                await asyncio.to_thread(own_postgres.start)
                await group.done()
                await group.acknowledged()
        finally:
            await asyncio.to_thread(own_postgres.start)
        await group.publish(4)
        await group.done()
        await group.acknowledged()
        await group.once()
