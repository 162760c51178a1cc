"""A database that went back in time is seen before the first write, and goes on above what Kafka has seen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from koppel.contracts.envelope import Envelope, decode, encode, source_of
from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.errors import Conflict
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.relay import Relay, producer_factory
from koppel.platform.restore import RestoreCheck, accept_restore
from koppel.platform.restore.detect import DatabaseRestored
from koppel.testing.databases import ServiceDatabase, service_database
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation
from koppel_local.kafka.server import KafkaServer

SERVICE = "import-svc"


@pytest.fixture(scope="module")
def own_kafka(new_folder: Callable[[], Path]) -> Iterator[str]:
    server = KafkaServer(new_folder())
    try:
        server.start()
        yield server.bootstrap_servers
    finally:
        server.stop()


@pytest.fixture
async def kafka(own_kafka: str) -> AsyncIterator[str]:
    """A topic that begins empty: whose database is whose is what is asked here."""
    admin = AIOKafkaAdminClient(bootstrap_servers=own_kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(ADMINISTRATION.name, 3, 1)])
        yield own_kafka
        await admin.delete_topics([ADMINISTRATION.name])

        async def gone() -> bool:
            return ADMINISTRATION.name not in await admin.list_topics()

        await eventually(gone, within=20)
    finally:
        await admin.close()


async def publish(database: Database, kafka: str, organisation: Organisation, *names: str) -> None:
    async with database.transaction(organisation.organisation_id) as connection:
        await EventLog(connection).append(*(organisation.renamed(name) for name in names))
    relay = asyncio.create_task(Relay(database, SERVICE, producer_factory(kafka, "test-restore")).run())
    try:

        async def empty() -> bool:
            async with database.system() as connection:
                return not await connection.fetchval("select count(*) from outbox_pending")

        await eventually(empty, within=30)
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)


@asynccontextmanager
async def restored_copy(service: ServiceDatabase) -> AsyncIterator["Copy"]:
    """`take` copies the whole database on the server, `restore` puts the copy in its place."""
    copy = Copy(service)
    try:
        yield copy
    finally:
        await copy.drop()


class Copy:
    def __init__(self, service: ServiceDatabase) -> None:
        self.name = service.admin_dsn.rsplit("/", 1)[1].split("?")[0]
        self.server = service.admin_dsn.replace(self.name, "postgres")

    async def _run(self, *statements: str) -> None:
        admin = await asyncpg.connect(self.server)
        try:
            for statement in statements:
                await admin.execute(statement)
        finally:
            await admin.close()

    async def take(self) -> None:
        await self._run(f'create database "{self.name}_copy" template "{self.name}" strategy file_copy')

    async def restore(self) -> None:
        await self._run(
            f'drop database "{self.name}" with (force)',
            f'alter database "{self.name}_copy" rename to "{self.name}"',
        )

    async def drop(self) -> None:
        await self._run(f'drop database if exists "{self.name}_copy" with (force)')


async def test_a_database_in_its_own_present_passes(
    database: Database, kafka: str, organisation: Organisation
) -> None:
    await RestoreCheck(database, SERVICE, kafka).run()
    await publish(database, kafka, organisation, "one", "two")
    await RestoreCheck(database, SERVICE, kafka).run()


async def test_a_record_that_others_publish_under_the_name_of_the_service_is_no_sign_of_a_restore(
    database: Database, kafka: str, organisation: Organisation
) -> None:
    """Nobody's relay wrote these: one lacks what a relay always sends, one has a key that no database held."""
    event = organisation.renamed("by hand")
    envelope = Envelope(
        id=str(new_id()), type=event.type_name(), source=source_of(SERVICE), subject=None, time=None,
        organisation_id=organisation.organisation_id, sequence=7,
    )  # fmt: skip
    complete = envelope._replace(subject="a\x00b", time=datetime.now(UTC), correlation_id=new_id())
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for each, key in ((envelope, event.key), (complete, "a\x00b")):
            value = event.model_dump_json().encode()
            await producer.send_and_wait(ADMINISTRATION.name, value, key=key.encode(), headers=encode(each))
    await RestoreCheck(database, SERVICE, kafka).run()


async def test_a_database_put_back_under_what_kafka_holds_is_refused_until_it_is_accepted(
    service: ServiceDatabase, kafka: str, organisation: Organisation
) -> None:
    """The same cluster and timeline: only Kafka knows better. So it is with one schema or database restored alone."""
    async with restored_copy(service) as copy:
        database = service.open()
        await database.open()
        await publish(database, kafka, organisation, "one", "two")
        await database.close()
        await copy.take()
        await database.open()
        await publish(database, kafka, organisation, "three", "four")
        lost = await ids(database, above=2)
        await database.close()
        await copy.restore()

        with pytest.raises(DatabaseRestored, match="accept-restore") as refused:
            await RestoreCheck(database, SERVICE, kafka).run()
        assert refused.value.code == "database_restored"

        done = await accept_restore(database, SERVICE, kafka, actor="a person", reason="disk failed")
        assert done.epoch == 2
        assert {each.event_id for each in done.orphans} == lost
        again = await accept_restore(database, SERVICE, kafka, actor="a person", reason="once more")
        assert {each.event_id for each in again.orphans} == lost

        await database.open()
        try:
            async with database.transaction(organisation.organisation_id) as connection:
                assert await EventLog(connection).append(organisation.renamed("five")) == [5]
            async with database.system() as connection:
                audit = await connection.fetch(
                    "select actor, action, target, reason from audit_entry order by id"
                )
            assert tuple(audit[0]) == ("a person", "restore.accepted", "epoch 2", "disk failed")
        finally:
            await database.close()


async def test_an_accepted_restore_starts_and_its_versions_rise_at_consumers(
    service: ServiceDatabase, kafka: str, organisation: Organisation
) -> None:
    async with restored_copy(service) as copy:
        await copy.take()
        database = service.open()
        await database.open()
        await publish(database, kafka, organisation, "one", "two")
        await database.close()
        await copy.restore()
        await accept_restore(database, SERVICE, kafka, actor="a person", reason="drill")
        await RestoreCheck(database, SERVICE, kafka).run()
        await database.open()
        await publish(database, kafka, organisation, *map(str, range(400)))
        await RestoreCheck(database, SERVICE, kafka).run()
        await database.close()
    records = [
        each for each in await everything(kafka) if each.key == str(organisation.administration_id).encode()
    ]
    assert [decode(each.headers).sequence for each in records] == list(range(1, 403))


async def test_a_database_made_anew_goes_on_above_what_kafka_has_seen(
    database: Database, postgres_server: str, kafka: str, organisation: Organisation
) -> None:
    await publish(database, kafka, organisation, "one", "two")
    async with service_database(postgres_server, "platform", "koppel.testing.platform_only") as anew:
        empty = anew.open()
        done = await accept_restore(empty, SERVICE, kafka, actor="a person", reason="lost")
        assert [each.version for each in done.orphans] == [1, 2]
        await empty.open()
        async with empty.transaction(organisation.organisation_id) as connection:
            assert await EventLog(connection).append(organisation.renamed("three")) == [3]
        await empty.close()


@pytest.mark.parametrize("column", ["system_identifier = 'another'", "timeline = timeline - 1"])
async def test_another_cluster_or_timeline_is_refused_although_kafka_knows_nothing(
    service: ServiceDatabase, database: Database, kafka: str, column: str
) -> None:
    owner = await asyncpg.connect(service.owner_dsn)
    await owner.execute(f"update platform.epoch set {column}")
    await owner.close()
    with pytest.raises(DatabaseRestored):
        await RestoreCheck(database, SERVICE, kafka).run()
    await accept_restore(database, SERVICE, kafka, actor="a person", reason="moved")
    await RestoreCheck(database, SERVICE, kafka).run()


async def test_a_process_that_lived_through_a_restore_gets_no_connection(
    service: ServiceDatabase, database: Database, kafka: str
) -> None:
    await RestoreCheck(database, SERVICE, kafka).run()
    question, answer = database._identity or ("", ())
    database.only_on(question, (answer[0], -1))
    with pytest.raises(asyncpg.InterfaceError, match="restored"):
        await database.session()


async def test_nothing_is_accepted_while_the_service_runs(database: Database, kafka: str) -> None:
    member = AIOKafkaConsumer(ADMINISTRATION.name, bootstrap_servers=kafka, group_id=SERVICE)
    await member.start()
    try:
        with pytest.raises(Conflict, match="Stop every process"):
            await accept_restore(database, SERVICE, kafka, actor="a person", reason="too early")
    finally:
        await member.stop()


async def ids(database: Database, *, above: int) -> set[UUID]:
    async with database.system() as connection:
        rows = await connection.fetch("select event_id from event_log where version > $1", above)
    return {UUID(str(row["event_id"])) for row in rows}


async def everything(kafka: str) -> list[Any]:
    consumer = AIOKafkaConsumer(
        ADMINISTRATION.name, bootstrap_servers=kafka, group_id=None, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        records: list[Any] = []
        while any([await consumer.position(each) < end for each, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                records.extend(batch)
        return sorted(records, key=lambda each: (each.partition, each.offset))
    finally:
        await consumer.stop()
