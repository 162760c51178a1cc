"""Many writers, idle transactions, a broker that is away: what the relay makes of them."""

import asyncio
import random
import re
import socket
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from koppel.contracts.topics import ADMINISTRATION
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.outbox import EventLog
from koppel.platform.outbox import relay as relay_module
from koppel.platform.outbox.maintenance import Maintenance
from koppel.platform.telemetry import metrics
from koppel.testing.databases import ServiceDatabase, service_database
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation

from .relayed import drained, make_topic, published, relaying, write

WRITERS, KEYS, WRITES = 50, 200, 12


@pytest.fixture
async def topic(kafka_server: str) -> str:
    await make_topic(kafka_server)
    return ADMINISTRATION.name


async def test_versions_of_many_writers_have_no_gap_and_all_are_published_in_order(
    service: ServiceDatabase, kafka_server: str, topic: str
) -> None:
    """Some wait between their events, a fifth changes its mind; streams in random order, two a transaction."""
    database = service.open(max_size=WRITERS)
    await database.open()
    chance, organisation_id = random.Random(5), new_id()
    organisations = [Organisation(organisation_id) for _ in range(KEYS)]
    written: dict[str, set[str]] = defaultdict(set)

    async def writer(number: int) -> None:
        for turn in range(WRITES):
            fails, name = chance.random() < 0.2, f"{number}.{turn}"
            # Both in the order of their keys, as every writer of several streams has to.
            both = sorted(
                chance.sample(organisations, 2), key=lambda organisation: str(organisation.administration_id)
            )
            try:
                async with database.transaction(organisation_id) as connection:
                    for organisation in both:
                        await EventLog(connection).append(
                            organisation.renamed(f"{name} a"), organisation.renamed(f"{name} b")
                        )
                        await asyncio.sleep(chance.random() / 100)
                    if fails:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                continue
            for organisation in both:
                written[str(organisation.administration_id)] |= {f"{name} a", f"{name} b"}

    try:
        async with relaying(database, kafka_server) as relay:
            database.after_append(relay.wake)
            await asyncio.gather(*(writer(number) for number in range(WRITERS)))
            await drained(database)
    finally:
        await database.close()
    seen = await published(kafka_server, organisation_id)
    assert seen.keys() == written.keys()
    for key, events in seen.items():
        assert [version for version, _ in events] == list(range(1, len(written[key]) + 1))
        assert {re.findall(r'"name":"([^"]+)"', value)[0] for _, value in events} == written[key]


async def test_an_event_does_not_overtake_a_predecessor_that_committed_behind_the_cursor(
    database: Database,
    kafka_server: str,
    topic: str,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Version 1 draws its number, others pass it, and then it and version 2 commit between two reads."""
    other = Organisation(organisation.organisation_id)
    async with relaying(database, kafka_server) as relay:
        read, mark = relay._outbox.read, relay._outbox.mark
        may_read, may_mark, waits = asyncio.Event(), asyncio.Event(), asyncio.Event()
        may_read.set()

        async def gated_read(after: int, limit: int) -> list[asyncpg.Record]:
            if not may_read.is_set():
                waits.set()
            await may_read.wait()
            return await read(after, limit)

        async def gated_mark(acknowledged: Sequence[int]) -> None:
            await may_mark.wait()
            await mark(acknowledged)

        monkeypatch.setattr(relay._outbox, "read", gated_read)
        monkeypatch.setattr(relay._outbox, "mark", gated_mark)
        async with database.transaction(organisation.organisation_id) as slow:
            await EventLog(slow).append(organisation.renamed("one"))
            await write(database, other, "passes")

            async def passed() -> bool:
                return bool(relay._in_flight)

            await eventually(passed, within=30)
            may_read.clear()
            await asyncio.wait_for(waits.wait(), 10)
        await write(database, organisation, "two")
        may_read.set()
        may_mark.set()
        await drained(database)
    seen = await published(kafka_server, organisation.organisation_id)
    assert [version for version, _ in seen[str(organisation.administration_id)]] == [1, 2]


async def test_a_transaction_that_idles_in_another_schema_or_database_stalls_nothing(
    service: ServiceDatabase,
    database: Database,
    postgres_server: str,
    kafka_server: str,
    topic: str,
    organisation: Organisation,
) -> None:
    """Each with a transaction id and an old snapshot; a relay that waits for older transactions waits for these."""
    async with service_database(postgres_server, "platform", "koppel.testing.platform_only") as other:
        idle = [await asyncpg.connect(dsn) for dsn in (service.admin_dsn, other.admin_dsn)]
        try:
            await idle[0].execute("create schema elsewhere; create table elsewhere.thing (id int)")
            await idle[1].execute("create schema elsewhere; create table elsewhere.thing (id int)")
            for connection in idle:
                await connection.execute(
                    "begin isolation level repeatable read; insert into elsewhere.thing values (1)"
                )
                assert await connection.fetchval("select count(*) from elsewhere.thing") == 1
            async with relaying(database, kafka_server):
                for number in range(20):
                    await write(database, organisation, str(number))
                await drained(database)
                assert [
                    await connection.fetchval("select pg_current_xact_id_if_assigned() is not null")
                    for connection in idle
                ] == [True, True]
        finally:
            for connection in idle:
                connection.terminate()
    (events,) = (await published(kafka_server, organisation.organisation_id)).values()
    assert [version for version, _ in events] == list(range(1, 21))


async def test_the_age_of_the_oldest_pending_event_grows_while_the_broker_is_away(
    database: Database, kafka_server: str, topic: str, organisation: Organisation
) -> None:
    watch = Maintenance(database)
    await watch.measure()
    assert age() == 0
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        async with relaying(database, f"127.0.0.1:{taken.getsockname()[1]}"):
            await write(database, organisation, "waiting")
            async with database.system() as connection:
                await connection.execute("update event_log set occurred_at = occurred_at - interval '1 h'")
            await write(database, organisation, "newer")
            await watch.measure()
            assert metrics.value("koppel_relay_pending_events") == 2
            first = age()
            assert 3600 <= first < 3700

            async def older() -> bool:
                return age() > first + 0.5

            await eventually(older, within=10)
            await watch.measure()
            assert age() > first + 0.5, "the oldest one counts, not the newest"
    async with relaying(database, kafka_server):
        await drained(database)
    await watch.measure()
    assert (age(), metrics.value("koppel_relay_pending_events")) == (0, 0)


def age() -> float:
    return metrics.value("koppel_relay_oldest_pending_seconds")


async def test_an_append_of_the_same_process_wakes_an_idle_relay(
    service: ServiceDatabase,
    database: Database,
    kafka_server: str,
    topic: str,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "_ACTIVE_FOR", -1.0)
    async with relaying(database, kafka_server) as relay:
        await write(database, organisation, "first")
        await drained(database)
        monkeypatch.setattr(relay_module, "_IDLE_POLL", 3600.0)
        elsewhere = service.open()
        await elsewhere.open()
        database.after_append(relay.wake)
        await write(elsewhere, organisation, "of another process: the last short poll")
        await write(database, organisation, "at once")
        await drained(elsewhere)
        await write(elsewhere, organisation, "unheard")
        await write(database, organisation, "at once again")
        await drained(elsewhere)
        await elsewhere.close()


def test_the_architecture_tells_how_often_the_relay_looks() -> None:
    text = (Path(__file__).parents[3] / "docs/architecture.md").read_text(encoding="utf-8")
    told = re.search(r"at most (\d+) ms when idle and (\d+) ms\s+when active", text)
    assert told is not None
    assert [int(each) / 1000 for each in told.groups()] == [
        relay_module._IDLE_POLL,
        relay_module._ACTIVE_POLL,
    ]
