"""Events of an organisation that a relay takes from the outbox to their topic."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from koppel.contracts.envelope import decode
from koppel.contracts.topics import ADMINISTRATION
from koppel.platform.database import Database
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.relay import Relay, producer_factory
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation


async def make_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(ADMINISTRATION.name, 3, 1)])
    await admin.close()


@asynccontextmanager
async def relaying(database: Database, bootstrap: str) -> AsyncIterator[Relay]:
    relay = Relay(database, "import-svc", producer_factory(bootstrap, "test-relaying"))
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def write(database: Database, organisation: Organisation, *names: str) -> None:
    async with database.transaction(organisation.organisation_id) as connection:
        await EventLog(connection).append(*(organisation.renamed(name) for name in names))


async def drained(database: Database, within: float = 30) -> None:
    async def empty() -> bool:
        async with database.system() as connection:
            return not await connection.fetchval("select count(*) from outbox_pending")

    await eventually(empty, within=within, what="the outbox being empty")


async def published(bootstrap: str, organisation_id: UUID) -> dict[str, list[tuple[int, str]]]:
    """Version and value of the organisation's events by key, in the order of their partitions."""
    consumer = AIOKafkaConsumer(
        ADMINISTRATION.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(each) < end for each, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    if str(organisation_id).encode() in (record.value or b""):
                        version = decode(record.headers).sequence
                        assert version is not None
                        found[record.key.decode()].append((version, record.value.decode()))
    finally:
        await consumer.stop()
    return found
