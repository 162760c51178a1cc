"""A relay that is stopped in the middle of its work: what it sent is not sent again, wherever it stood."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from koppel.platform.database import Database
from koppel.platform.outbox import EventLog, in_flight
from koppel.platform.outbox import relay as relay_module
from koppel.platform.outbox.relay import ProducerFactory, Relay, producer_factory
from koppel.testing.organisations import Organisation

from .relayed import drained, make_topic, published, relaying

STREAMS, EVENTS = 20, 10
TIMES = 4
WITHIN = 30.0

At = dict[str, Callable[[], Awaitable[None]]]
PLACES = ("read", "about to be handed over", "handed over", "about to be marked", "marked")


class Stop:
    """Tells a relay to stop the fourth time somebody comes here, who goes on when the relay sends nothing more."""

    def __init__(self, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
        self._times = 0
        self._sends_no_more = asyncio.Event()
        forget = relay._partitions.forget

        async def note() -> None:
            self._sends_no_more.set()
            await forget()

        monkeypatch.setattr(relay._partitions, "forget", note)
        self.relaying = asyncio.create_task(relay.run())

    async def here(self) -> None:
        self._times += 1
        if self._times == TIMES:
            self.relaying.cancel()
            await self._sends_no_more.wait()


def watched_producers(bootstrap: str, at: At) -> ProducerFactory:
    real = producer_factory(bootstrap, "test-stopped")

    def make() -> AIOKafkaProducer:
        producer = real()
        send = producer.send_batch

        async def send_batch(builder: Any, topic: str, *, partition: int) -> "asyncio.Future[Any]":
            await at["about to be handed over"]()
            return asyncio.create_task(later(await send(builder, topic, partition=partition)))

        async def later(answer: "asyncio.Future[Any]") -> object:
            await at["handed over"]()
            return await answer

        producer.send_batch = send_batch
        return producer

    return make


def watch_outbox(relay: Relay, at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    read, mark = relay._outbox.read, relay._outbox.mark

    async def watched_read(after: int, limit: int) -> list[asyncpg.Record]:
        rows = await read(after, limit)
        await at["read"]()
        return rows

    async def watched_mark(acknowledged: Sequence[int]) -> None:
        await at["about to be marked"]()
        await mark(acknowledged)
        await at["marked"]()

    monkeypatch.setattr(relay._outbox, "read", watched_read)
    monkeypatch.setattr(relay._outbox, "mark", watched_mark)


async def nothing() -> None: ...


@pytest.mark.parametrize("place", PLACES)
async def test_a_stopped_relay_leaves_nothing_to_be_sent_twice(
    database: Database,
    kafka_server: str,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    """It works on few events at a time, and waits for ever for what does not come."""
    monkeypatch.setattr(relay_module, "_BATCH", 20)
    monkeypatch.setattr(relay_module, "_IN_FLIGHT", 40)
    monkeypatch.setattr(in_flight, "SETTLE_WITHIN", 3600.0)
    await make_topic(kafka_server)
    streams = [Organisation(organisation.organisation_id) for _ in range(STREAMS)]
    async with database.transaction(organisation.organisation_id) as connection:
        for number in range(EVENTS):
            await EventLog(connection).append(*(each.renamed(str(number)) for each in streams))
    at: At = dict.fromkeys(PLACES, nothing)
    relay = Relay(database, "import-svc", watched_producers(kafka_server, at))
    watch_outbox(relay, at, monkeypatch)
    stop = Stop(relay, monkeypatch)
    at[place] = stop.here
    await asyncio.wait({stop.relaying}, timeout=WITHIN)
    assert stop.relaying.cancelled()
    async with database.system() as connection:
        assert await connection.fetchval("select count(*) from outbox_pending"), "stopped too late"
    async with relaying(database, kafka_server):
        await drained(database)
    seen = await published(kafka_server, organisation.organisation_id)
    assert len(seen) == STREAMS
    assert {tuple(version for version, _ in events) for events in seen.values()} == {
        tuple(range(1, EVENTS + 1))
    }
