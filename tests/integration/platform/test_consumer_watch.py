"""What readiness says of a consumer, with the watch that every service runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import codec

from koppel.kernel.errors import Permanent
from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.consumer.kafka import consumer as consumer_module
from koppel.platform.consumer.kafka.health import ConsumerHealth
from koppel.platform.database import Connection, Database
from koppel.platform.health import Health
from koppel.platform.telemetry import metrics
from koppel.testing.eventually import eventually

from .by_hand import send_by_hand
from .noted import ORGANISATION, Noted, own_topic, record


class Member:
    """A member of the group as a service runs it."""

    def __init__(self, database: Database, kafka: str, name: str, event: type[Noted]) -> None:
        subscriptions = Subscriptions(name)
        subscriptions.on(event, self._on_noted)
        self.health = Health()
        self.health.started()
        self.consumer = Consumer(live(database, subscriptions), kafka)
        self.watch = ConsumerHealth(self.consumer, subscriptions, database, self.health)

    async def _on_noted(self, event: ReceivedEvent[Noted], connection: Connection) -> None:
        if event.data.name == "poison":
            raise Permanent("made_up_cause", "It cannot be applied.")

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Member"]:
        await self.consumer.start()
        await self.watch.start()
        try:
            yield self
        finally:
            await self.watch.stop()
            await self.consumer.stop()

    def partitions(self) -> int:
        assert self.consumer._subscriber is not None
        assert self.consumer._subscriber.consumer is not None
        return len(self.consumer._subscriber.consumer.assignment())

    async def ready(self) -> bool:
        return (await self.health.readiness()).ok

    async def not_ready(self) -> bool:
        return not await self.ready()


async def test_a_member_beyond_the_partitions_is_ready_while_it_hears_the_broker(
    database: Database, kafka_server: str, consumer_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_SILENT_FOR", 4.0)
    event = await own_topic(kafka_server, partitions=1)
    members = [Member(database, kafka_server, consumer_name, event) for _ in range(2)]
    async with members[0].running(), members[1].running():

        async def shared() -> bool:
            settled = all(each.consumer._listener.assigned for each in members)
            return settled and sorted(each.partitions() for each in members) == [0, 1]

        await eventually(shared, within=40)
        standing_by = min(members, key=Member.partitions)
        told: list[bool] = []

        async def listened() -> bool:
            told.append(await standing_by.ready())
            return len(told) >= 300

        await eventually(listened, within=60)
        assert set(told) == {True}
        await standing_by.watch.stop()
        await eventually(standing_by.not_ready, within=40, what="doubt when nobody asks the broker")


async def test_a_process_whose_consumer_ended_is_not_ready_and_ends(
    database: Database, kafka_server: str, consumer_name: str
) -> None:
    event = await own_topic(kafka_server)
    async with Member(database, kafka_server, consumer_name, event).running() as member:
        await eventually(member.ready, within=40)
        assert member.consumer._subscriber is not None
        for task in member.consumer._subscriber.tasks:
            task.cancel()
        await eventually(member.not_ready)
        with pytest.raises(RuntimeError, match="consuming task ended"):
            await asyncio.wait_for(member.watch.wait(), 20)


async def test_a_member_that_cannot_read_is_not_ready(
    database: Database, kafka_server: str, consumer_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker answers each fetch, and nothing comes of it."""
    monkeypatch.setattr(codec, "has_snappy", lambda: False)
    event = await own_topic(kafka_server, partitions=1)
    async with Member(database, kafka_server, consumer_name, event).running() as member:
        await eventually(member.ready, within=40)
        noted = event(organisation_id=ORGANISATION, stream="s", name="n")
        await send_by_hand(kafka_server, record(noted, 1), snappy=True)
        await eventually(member.not_ready)
        assert "UnsupportedCodecError" in str((await member.health.readiness()).checks["consumer"].reason)


async def test_poison_is_told_by_its_cause_as_work_for_an_operator(
    database: Database, kafka_server: str, consumer_name: str
) -> None:
    event = await own_topic(kafka_server, partitions=1)
    async with Member(database, kafka_server, consumer_name, event).running() as member:
        await eventually(member.ready, within=40)
        poison = event(organisation_id=ORGANISATION, stream="s", name="poison")
        await send_by_hand(kafka_server, record(poison, 1))
        told = {"consumer": consumer_name, "cause": "made_up_cause", "waits_for": "operator"}

        async def parked() -> bool:
            return metrics.value("koppel_consumer_parked_causes", **told) == 1

        await eventually(parked)
        async with database.system() as connection:
            await connection.execute("delete from parked_event where consumer = $1", consumer_name)

        async def gone() -> bool:
            return not await parked()

        await eventually(gone)
