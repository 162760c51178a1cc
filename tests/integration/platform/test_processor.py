"""The processor on a real database: effects once, order per stream, nothing lost, nobody else stopped."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.sync import SyncRequested
from koppel.kernel.errors import Permanent, Transient
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord, decode_record
from koppel.platform.consumer.parked.retry import Retry
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscriptions
from koppel.platform.database import Connection, Database
from koppel.testing.databases import ServiceDatabase
from koppel.testing.deliveries import event_id_of
from koppel.testing.organisations import Organisation

Incoming = Callable[..., DecodedRecord]
AT_ONCE = RetryPolicy(first=timedelta(0), attempts=3)
TOPIC = AdministrationRenamed.topic.name


class Effects:
    """A handler whose effect is a row, and which fails for the names it is told to."""

    def __init__(self) -> None:
        self.failing: dict[str, Exception] = {}

    async def __call__(self, event: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
        await connection.execute("insert into effect (name) values ($1)", event.data.name)
        if event.data.name in self.failing:
            raise self.failing[event.data.name]

    async def seen(self, database: Database) -> list[str]:
        async with database.system() as connection:
            return [row["name"] for row in await connection.fetch("select name from effect order by id")]


@pytest.fixture
async def effects(service: ServiceDatabase, database: Database) -> Effects:
    owner = await asyncpg.connect(service.owner_dsn)
    await owner.execute(
        "create table platform.effect (id bigint generated always as identity, name text not null)"
    )
    await owner.close()
    return Effects()


@pytest.fixture
def subscriptions(effects: Effects, consumer_name: str) -> Subscriptions:
    registered = Subscriptions(consumer_name)
    registered.on(AdministrationRenamed, effects)
    return registered


@pytest.fixture
def processor(database: Database, subscriptions: Subscriptions) -> Processor:
    return Processor(database, subscriptions, AT_ONCE)


@pytest.fixture
def retry(database: Database, subscriptions: Subscriptions) -> Retry:
    return Retry(database, subscriptions, AT_ONCE)


@pytest.fixture
def incoming(organisation: Organisation, subscriptions: Subscriptions) -> Incoming:
    offsets = iter(range(10_000))

    def make(
        name: str,
        version: int | None,
        *,
        of: Organisation = organisation,
        value: bytes | None = b"",
        event_id: str | None = None,
        trace: str | None = None,
    ) -> DecodedRecord:
        event = of.renamed(name)
        headers = encode(
            Envelope(
                id=event_id or (event_id_of(event, version) if version else str(uuid4())),
                type=event.type_name(),
                source=source_of(event.topic.owner),
                subject=event.key,
                time=None,
                organisation_id=of.organisation_id,
                sequence=version,
                traceparent=trace and f"00-{trace}-00f067aa0ba902b7-01",
            )
        )
        body = event.model_dump_json().encode() if value == b"" else value
        return decode_record(
            StoredRecord(TOPIC, 0, next(offsets), event.key.encode(), headers, body), subscriptions
        )

    return make


async def test_a_second_delivery_changes_nothing(
    processor: Processor, effects: Effects, incoming: Incoming, database: Database
) -> None:
    batch = [incoming("a", 1), incoming("b", 2)]
    await processor.apply(batch)
    await processor.apply(batch)
    await processor.apply([incoming("b", 2), incoming("c", 3), incoming("c", 3)])
    assert await effects.seen(database) == ["a", "b", "c"]


async def test_an_event_ahead_is_held_until_its_predecessor_comes(
    processor: Processor, effects: Effects, incoming: Incoming, database: Database
) -> None:
    await processor.apply([incoming("a", 1), incoming("c", 3), incoming("d", 4)])
    assert await effects.seen(database) == ["a"]
    await processor.apply([incoming("b", 2)])
    assert await effects.seen(database) == ["a", "b", "c", "d"]
    assert await _count(database, "held_event") == 0


async def test_a_failing_event_holds_its_stream_and_no_other(
    processor: Processor, effects: Effects, incoming: Incoming, database: Database, organisation: Organisation
) -> None:
    other = Organisation()
    effects.failing["bad"] = Permanent("refused", "No.")
    await processor.apply(
        [incoming("a", 1), incoming("bad", 2), incoming("c", 3), incoming("x", 1, of=other)]
    )
    await processor.apply([incoming("d", 4), incoming("y", 2, of=other)])
    assert await effects.seen(database) == ["a", "x", "y"]
    async with database.system() as connection:
        (parked,) = await connection.fetch("select * from parked_event")
        held = [
            row["version"]
            for row in await connection.fetch("select version from held_event order by version")
        ]
    assert (parked["cause_class"], parked["cause_code"], parked["version"]) == ("permanent", "refused", 2)
    assert parked["next_attempt_at"] is None
    assert held == [3, 4]


async def test_a_transient_failure_passes_later_and_its_followers_in_order(
    processor: Processor, retry: Retry, effects: Effects, incoming: Incoming, database: Database
) -> None:
    effects.failing["bad"] = Transient("busy", "Later.")
    await processor.apply([incoming("bad", 1), incoming("b", 2), incoming("c", 3)])
    assert await effects.seen(database) == []
    effects.failing.clear()
    await retry.run_due()
    assert await effects.seen(database) == ["bad", "b", "c"]
    assert await _count(database, "parked_event") == await _count(database, "held_event") == 0


async def test_what_is_applied_late_is_linked_to_the_traces_that_it_came_with(
    processor: Processor, retry: Retry, effects: Effects, incoming: Incoming
) -> None:
    """Neither is in the batch that is in work then, so a click would be followed no further than to where it was parked."""
    parked, waits = uuid4().hex, uuid4().hex
    effects.failing["bad"] = Transient("busy", "Later.")
    await processor.apply([incoming("bad", 1, trace=parked), incoming("b", 2, trace=waits)])
    effects.failing.clear()
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    with tracer.start_as_current_span("job parked retry") as span:
        await retry.run_due()
    assert isinstance(span, ReadableSpan)
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [parked, waits]


async def test_attempts_are_bounded_and_then_wait_for_an_operator(
    processor: Processor, retry: Retry, effects: Effects, incoming: Incoming, database: Database
) -> None:
    effects.failing["bad"] = Transient("busy", "Later.")
    await processor.apply([incoming("bad", 1), incoming("b", 2)])
    await retry.run_due()
    async with database.system() as connection:
        (parked,) = await connection.fetch("select attempts, next_attempt_at from parked_event")
    assert (parked["attempts"], parked["next_attempt_at"]) == (3, None)
    assert await effects.seen(database) == []


async def test_a_follower_that_fails_on_release_is_parked_in_turn(
    processor: Processor, retry: Retry, effects: Effects, incoming: Incoming, database: Database
) -> None:
    effects.failing |= {"bad": Transient("busy", "Later."), "worse": Permanent("refused", "No.")}
    await processor.apply([incoming("bad", 1), incoming("worse", 2), incoming("c", 3)])
    del effects.failing["bad"]
    await retry.run_due()
    assert await effects.seen(database) == ["bad"]
    async with database.system() as connection:
        assert await connection.fetchval("select version from parked_event") == 2
        assert await connection.fetchval("select version from held_event") == 3


@pytest.mark.parametrize("value", [None, b"{", b"[]", b'{"name": 1}', b"\xff"])
async def test_a_malformed_event_is_parked_and_the_partition_flows(
    processor: Processor,
    effects: Effects,
    incoming: Incoming,
    database: Database,
    organisation: Organisation,
    value: bytes | None,
) -> None:
    other = Organisation()
    await processor.apply(
        [incoming("a", 1), incoming("b", 2, value=value), incoming("c", 3), incoming("x", 1, of=other)]
    )
    assert await effects.seen(database) == ["a", "x"]
    async with database.system() as connection:
        assert await connection.fetchval("select cause_class from parked_event") == "malformed"
        assert await connection.fetchval("select raw_value from parked_event") == value


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("ce_id", None)],
        [("ce_specversion", b"1.0"), ("ce_id", b"\xff")],
        [("ce_specversion", b"1.0"), ("ce_type", b"\x00")],
    ],
)
async def test_bad_headers_and_keys_are_parked_too(
    processor: Processor,
    subscriptions: Subscriptions,
    database: Database,
    headers: list[tuple[str, bytes | None]],
) -> None:
    raws = [
        StoredRecord(TOPIC, 0, offset, key, headers, b"{}")
        for offset, key in enumerate([None, b"", b"\xff\x00", b"k"])
    ]
    await processor.apply([decode_record(raw, subscriptions) for raw in raws])
    await processor.apply([decode_record(raw, subscriptions) for raw in raws])
    assert await _count(database, "parked_event") == 4


async def test_events_without_a_version_are_deduplicated_by_id(
    processor: Processor, effects: Effects, incoming: Incoming, database: Database
) -> None:
    await processor.apply([incoming("a", None, event_id="f-1"), incoming("a", None, event_id="f-1")])
    await processor.apply([incoming("a", None, event_id="f-1"), incoming("b", None, event_id="f-2")])
    assert await effects.seen(database) == ["a", "b"]


async def test_another_publisher_of_an_open_topic_does_not_disturb_the_owners_versions(
    database: Database, consumer_name: str, organisation: Organisation
) -> None:
    """Its numbers are its own: neither dropped as stale, nor held as ahead, nor counted."""
    asked: list[str] = []

    async def on_requested(event: ReceivedEvent[SyncRequested], connection: Connection) -> None:
        asked.append(event.data.requested_by)

    registered = Subscriptions(consumer_name)
    registered.on(SyncRequested, on_requested)
    processor = Processor(database, registered, AT_ONCE)

    def request(by: str, source: str, sequence: int, offset: int) -> DecodedRecord:
        data = organisation.sync_requested(by)
        envelope = Envelope(
            id=str(uuid4()),
            type=data.type_name(),
            source=source,
            subject=None,
            time=None,
            organisation_id=None,
            sequence=sequence,
        )
        body = data.model_dump_json().encode()
        raw = StoredRecord(data.topic.name, 0, offset, data.key.encode(), encode(envelope), body)
        return decode_record(raw, registered)

    batch = [
        request("own 1", "urn:koppel:sync-svc", 1, 0),
        request("foreign 1", "urn:koppel:billing-svc", 1, 1),
        request("foreign 9", "urn:koppel:billing-svc", 9, 2),
        request("own 2", "urn:koppel:sync-svc", 2, 3),
    ]
    await processor.apply(batch)
    await processor.apply(batch)
    assert asked == ["own 1", "foreign 1", "foreign 9", "own 2"]


async def test_types_nobody_here_reads_count_their_version_and_do_nothing(
    processor: Processor,
    effects: Effects,
    incoming: Incoming,
    database: Database,
    subscriptions: Subscriptions,
) -> None:
    unread = incoming("u", 1)
    renamed_headers = [
        (n, b"nl.koppel.SomethingNew.v1" if n == "ce_type" else v) for n, v in unread.raw.headers
    ]
    await processor.apply(
        [
            decode_record(StoredRecord(TOPIC, 0, 99, unread.raw.key, renamed_headers, b"?"), subscriptions),
            incoming("b", 2),
        ]
    )
    assert await effects.seen(database) == ["b"]


async def test_two_processes_with_the_same_batch_apply_it_once(
    processor: Processor, effects: Effects, incoming: Incoming, database: Database
) -> None:
    batch: Sequence[DecodedRecord] = [incoming(str(version), version) for version in range(1, 21)]

    async def until_applied() -> None:
        while True:
            try:
                await processor.apply(batch)
            except Transient:
                continue
            return

    await asyncio.gather(*(until_applied() for _ in range(4)))
    assert await effects.seen(database) == [str(version) for version in range(1, 21)]


async def _count(database: Database, table: str) -> int:
    async with database.system() as connection:
        return await connection.fetchval(f"select count(*) from {table}")
