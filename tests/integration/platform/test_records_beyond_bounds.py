"""Records that are well-formed and yet hold what PostgreSQL cannot: never lost, and never in the way of others."""

from secrets import token_hex

import pytest
from asyncpg import Record

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.sync import SyncRequested
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import RawRecord, StoredRecord, decode_record
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscriptions
from koppel.platform.database import Connection, Database
from koppel.testing.deliveries import delivery
from koppel.testing.organisations import Organisation

_NONE = StoredRecord("", 0, 0, b"", (), b"")
"""For the names of the cases."""


def _with(raw: RawRecord, **headers: str | None) -> StoredRecord:
    """The record with these headers instead of its own; None leaves one out."""
    kept = [(name, value) for name, value in raw.headers if name not in headers]
    added = [(name, value.encode()) for name, value in headers.items() if value is not None]
    return StoredRecord(raw.topic, raw.partition, raw.offset, raw.key, (*kept, *added), raw.value)


def _versions(raw: RawRecord) -> dict[str, StoredRecord]:
    return {
        "above bigint": _with(raw, ce_sequence=str(2**63)),
        "of many digits": _with(raw, ce_sequence="9" * 5_000),
    }


def _names(raw: RawRecord) -> dict[str, StoredRecord]:
    long = token_hex(10_000)
    keyed = StoredRecord(raw.topic, raw.partition, raw.offset, long.encode(), tuple(raw.headers), raw.value)
    return {
        "key": keyed,
        "key, no version": _with(keyed, ce_sequence=None),
        "id, no version": _with(raw, ce_id=long, ce_sequence=None),
    }


@pytest.fixture
def applied() -> list[str]:
    return []


@pytest.fixture
def subscriptions(consumer_name: str, applied: list[str]) -> Subscriptions:
    async def handler(event: ReceivedEvent[AdministrationRenamed], _connection: Connection) -> None:
        applied.append(event.data.name)

    registered = Subscriptions(consumer_name)
    registered.on(AdministrationRenamed, handler)
    return registered


async def _deliver_twice(
    database: Database, subscriptions: Subscriptions, strange: StoredRecord
) -> list[Record]:
    """With a neighbour behind it; returns what is parked then."""
    batch = [
        decode_record(strange, subscriptions),
        delivery(Organisation().renamed("neighbour"), 1, subscriptions),
    ]
    processor = Processor(database, subscriptions, RetryPolicy())
    await processor.apply(batch)
    await processor.apply(batch)
    async with database.system() as connection:
        return await connection.fetch("select * from parked_event where consumer = $1", subscriptions.name)


@pytest.mark.parametrize("name", _versions(_NONE))
async def test_a_version_that_no_column_takes_is_parked_and_its_neighbours_are_applied(
    name: str, database: Database, subscriptions: Subscriptions, applied: list[str]
) -> None:
    strange = _versions(delivery(Organisation().renamed("strange"), 1, subscriptions).raw)[name]
    parked = await _deliver_twice(database, subscriptions, strange)
    assert applied == ["neighbour"]
    assert [(row["cause_class"], row["cause_code"]) for row in parked] == [("malformed", "header_invalid")]
    assert "999" not in parked[0]["cause_detail"]


@pytest.mark.parametrize("name", _names(_NONE))
async def test_a_name_that_no_index_takes_has_its_effect_once(
    name: str, database: Database, subscriptions: Subscriptions, applied: list[str]
) -> None:
    strange = _names(delivery(Organisation().renamed("strange"), 1, subscriptions).raw)[name]
    assert await _deliver_twice(database, subscriptions, strange) == []
    assert applied == ["strange", "neighbour"]


async def test_a_source_that_no_index_takes_has_its_effect_once_where_others_may_speak(
    database: Database, consumer_name: str
) -> None:
    asked: list[str] = []

    async def handler(event: ReceivedEvent[SyncRequested], _connection: Connection) -> None:
        asked.append(event.data.requested_by)

    registered = Subscriptions(consumer_name)
    registered.on(SyncRequested, handler)
    raw = delivery(Organisation().sync_requested("strange"), 1, registered, source=token_hex(10_000)).raw
    assert await _deliver_twice(database, registered, _with(raw, ce_sequence=None)) == []
    assert asked == ["strange"]
