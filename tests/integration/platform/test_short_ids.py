"""Ids of events without a version are kept as digests; those that an earlier version kept whole go on counting."""

from datetime import timedelta
from importlib.resources import files

import asyncpg
import pytest

from koppel.contracts.envelope import Envelope, encode
from koppel.contracts.sync import SyncRequested
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import ReceivedEvent, Subscriptions
from koppel.platform.consumer.decode import StoredRecord, decode_record
from koppel.platform.consumer.processor import Processor
from koppel.platform.database import Connection, Database
from koppel.testing.databases import ServiceDatabase
from koppel.testing.organisations import Organisation

_SOURCE = "urn:someone:" + "é" * 200
_MIGRATION = (
    files("koppel.platform.migrations").joinpath("0011_pre_short_ids.sql").read_text(encoding="utf-8")
)


class _Reader:
    """A consumer of requests that counts them."""

    def __init__(self, database: Database, name: str) -> None:
        self.seen = 0
        self.subscriptions = Subscriptions(name)
        self.subscriptions.on(SyncRequested, self._on_requested)
        self.processor = Processor(database, self.subscriptions, RetryPolicy(first=timedelta(0)))

    async def _on_requested(self, event: ReceivedEvent[SyncRequested], connection: Connection) -> None:
        self.seen += 1

    async def gets(self, event_id: str, offset: int = 0) -> None:
        request = Organisation().sync_requested("someone")
        envelope = Envelope(
            id=event_id, type=request.type_name(), source=_SOURCE, subject=request.key, time=None,
            organisation_id=request.organisation_id, sequence=None,
        )  # fmt: skip
        value = request.model_dump_json().encode()
        raw = StoredRecord(request.topic.name, 0, offset, request.key.encode(), encode(envelope), value)
        await self.processor.apply([decode_record(raw, self.subscriptions)])


@pytest.fixture
def reader(database: Database, consumer_name: str) -> _Reader:
    return _Reader(database, consumer_name)


async def test_an_id_of_any_length_takes_sixteen_characters(reader: _Reader, database: Database) -> None:
    for event_id in ("x", "y" * 900, "y" * 899 + "z"):
        await reader.gets(event_id)
        await reader.gets(event_id)
    assert reader.seen == 3
    async with database.system() as connection:
        kept = await connection.fetch("select event_id from consumed_event")
    assert [len(row["event_id"]) for row in kept] == [16] * 3


async def test_an_id_that_was_kept_whole_still_counts(
    reader: _Reader, service: ServiceDatabase, database: Database
) -> None:
    event_id = str(new_id())
    async with database.system() as connection:
        await connection.execute(
            "insert into consumed_event (consumer, event_id) values ($1, $2)",
            reader.subscriptions.name,
            f"{_SOURCE} {event_id}",
        )
    owner = await asyncpg.connect(service.owner_dsn, server_settings={"search_path": service.schema})
    await owner.execute(_MIGRATION)
    await owner.close()
    await reader.gets(event_id)
    assert reader.seen == 0
