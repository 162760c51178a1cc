"""What any publisher may lay on a topic: parked, held or applied once; never lost, never in the way of what follows."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from koppel.kernel.ids import new_id
from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.database import Connection, Database
from koppel.testing.databases import ServiceDatabase
from koppel.testing.eventually import eventually

from .by_hand import NameOfBytes, send_by_hand
from .noted import ORGANISATION, Noted, own_topic, record, send

Record = dict[str, Any]
APPLIED, PASSED, HELD = "applied", "passed", "held"


class Reader:
    """A consumer whose effects are rows, on a topic of one partition: what is in the way shows at once."""

    def __init__(self, database: Database, kafka: str, event: type[Noted]) -> None:
        self.database, self.kafka, self.event = database, kafka, event
        self.subscriptions = Subscriptions(f"test-{new_id()}")
        self.subscriptions.on(event, self._on_noted)

    async def _on_noted(self, event: ReceivedEvent[Noted], connection: Connection) -> None:
        await connection.execute("insert into effect (name) values ($1)", event.data.name)

    def record(self, name: str, version: int | None = 1, *, stream: str = "", **changed: Any) -> Record:
        event = self.event(organisation_id=ORGANISATION, stream=stream or f"{new_id()}", name=name)
        return record(event, version, **changed)

    async def reads_to_the_end(self) -> None:
        """By a new group each time: the same consumer, from the topic's first record."""
        name = f"{new_id()}"
        await send(self.kafka, self.record(name))

        async def passed() -> bool:
            return bool(await self.rows("select 1 from effect where name = $1", name))

        async with self._consuming():
            await eventually(passed, within=60, what="the end of the topic")

    @asynccontextmanager
    async def _consuming(self) -> AsyncIterator[None]:
        feed = replace(live(self.database, self.subscriptions), group=f"test-{new_id()}")
        consumer = Consumer(feed, self.kafka)
        await consumer.start()
        try:
            yield
        finally:
            await consumer.stop()

    async def rows(self, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        async with self.database.system() as connection:
            return [tuple(row) for row in await connection.fetch(statement, *arguments)]

    async def outcomes(self, names: Sequence[str]) -> list[str]:
        """Of the records at offsets 0, 1, …, whose events have these names."""
        applied = [name for (name,) in await self.rows("select name from effect")]
        assert len(set(applied)) == len(applied), "an effect doubled"
        # A parked one that comes again is held behind itself.
        waiting = dict(await self.rows("select \"offset\", 'held' from held_event"))
        waiting |= dict(await self.rows('select "offset", cause_code from parked_event'))
        return [
            waiting.get(offset, APPLIED if name in applied else PASSED) for offset, name in enumerate(names)
        ]


@pytest.fixture
async def reader(service: ServiceDatabase, database: Database, kafka_server: str) -> Reader:
    owner = await asyncpg.connect(service.owner_dsn)
    await owner.execute("create table platform.effect (id bigint generated always as identity, name text)")
    await owner.close()
    return Reader(database, kafka_server, await own_topic(kafka_server, partitions=1))


def header(record: Record, name: str, *values: bytes | None) -> Record:
    """The record with this header once for each value; none for no value."""
    kept = [(known, value) for known, value in record["headers"] if known != name]
    return record | {"headers": [*kept, *((name, value) for value in values)]}


async def expect(reader: Reader, *cases: tuple[Record, str]) -> None:
    """`cases`: records whose events are named by their numbers, and what becomes of them. Read twice."""
    await send(reader.kafka, *(case for case, _ in cases))
    for _ in range(2):
        await reader.reads_to_the_end()
        outcomes = await reader.outcomes([str(number) for number in range(len(cases))])
        assert outcomes == [outcome for _, outcome in cases]


def numbered(reader: Reader) -> Any:
    """Events named 0, 1, …"""
    numbers = iter(range(1_000))
    return lambda *arguments, **changed: reader.record(str(next(numbers)), *arguments, **changed)


NO_VERSIONS = [b"0", b"-1", b"x", b"", b"\xff", None, b"1.0", b"9" * 30, b"9" * 5000, b"9223372036854775808"]


async def test_versions_that_are_none(reader: Reader) -> None:
    made = numbered(reader)
    bad = [(header(made(), "ce_sequence", value), "header_invalid") for value in NO_VERSIONS]
    await expect(
        reader,
        *bad,
        (made(2**63 - 1), HELD),
        (made(None, source="urn:other", id="theirs"), APPLIED),
        (reader.record("11", None, source="urn:other", id="theirs"), PASSED),
    )


async def test_names_of_any_length_and_bytes(reader: Reader) -> None:
    """An index of PostgreSQL takes entries of 2,700 bytes, text without NUL."""
    made = numbered(reader)
    long, longer = secrets.token_hex(3_000), secrets.token_hex(40_000)
    await expect(
        reader,
        (made(2, stream=long), APPLIED),
        (made(1, stream=long), APPLIED),
        (made(1, stream=long[:-1]), APPLIED),
        (made(2, stream=longer), HELD),
        (made(3, stream=long) | {"value": b"{"}, "value_invalid"),
        (made(None, id=long), APPLIED),
        (made(None, id=longer), APPLIED),
        (made(None, id=f"{longer}."), APPLIED),
        (made() | {"key": None}, "key_missing"),
        (made() | {"key": b""}, "key_missing"),
        (made() | {"key": b"\x00"}, APPLIED),
        (made() | {"key": b"\xff" * 3_000}, APPLIED),
        (made(None, id="nul\x00"), APPLIED),
    )


async def test_values_that_are_no_event(reader: Reader) -> None:
    made = numbered(reader)
    values = [b"", b"\x00", b"null", b'"\xff"', b"{" * 100_000, b'{"stream": "\\ud800"}']
    await expect(
        reader,
        (made() | {"value": None}, "value_missing"),
        *((made() | {"value": value}, "value_invalid") for value in values),
        (made() | {"value": None, "headers": []}, "header_missing"),
        (header(made(), "ce_type", b"nl.koppel.Unheard.v9") | {"value": None}, PASSED),
    )
    assert (values[-1],) in await reader.rows("select raw_value from parked_event")


async def test_headers_of_every_kind(reader: Reader) -> None:
    made = numbered(reader)
    odd = made()
    for name, value in (("", b""), ("x\x00y", b"\xff"), ("null", None), ("huge", b"\xff" * 500_000)):
        odd = header(odd, name, value)
    odd = header(odd, "é" * 99, *[b"again"] * 1_000)
    needed = ["ce_specversion", "ce_id", "ce_type", "ce_source"]
    await expect(
        reader,
        (odd, APPLIED),
        *((header(made(), name, *values), "header_missing") for name in needed for values in ((), (None,))),
        *((header(made(), name, b"\xff"), "header_invalid") for name in needed),
        *((header(made(), name, b"x"), "header_invalid") for name in ("ce_time", "ce_organisationid")),
        (header(made(), "ce_time", b"0001-01-01T00:00:00+23:59"), APPLIED),
        (header(made(), "traceparent", b"0" * 100_000), APPLIED),
        (header(made(), "ce_sequence", b"x", b"1"), APPLIED),
        (header(made(), "huge", b"\xff" * 500_000) | {"value": b"?"}, "value_invalid"),
    )


async def test_a_name_of_a_header_that_is_no_utf8(reader: Reader) -> None:
    """aiokafka's reader raises at it, and would at every fetch from then on."""
    made = numbered(reader)
    await send(reader.kafka, made())
    bad = [header(made(), NameOfBytes(name), b"v") for name in ("\xff\xfe", "ce_\xff")]
    await send_by_hand(
        reader.kafka, made(), *bad, made() | {"value": b"?", "headers": bad[0]["headers"]}, made()
    )
    await expect_all(reader, APPLIED, APPLIED, APPLIED, APPLIED, "value_invalid", APPLIED)


async def test_a_batch_that_its_publisher_compressed(reader: Reader) -> None:
    made = numbered(reader)
    await send_by_hand(reader.kafka, made(), made(), snappy=True)
    await expect_all(reader, APPLIED, APPLIED)


async def expect_all(reader: Reader, *outcomes: str) -> None:
    await reader.reads_to_the_end()
    assert await reader.outcomes([str(number) for number in range(len(outcomes))]) == [*outcomes]
