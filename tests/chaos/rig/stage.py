"""Where a scenario plays: a database and topics of its own, real parts in this process, one judgement."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from uuid import UUID, uuid4

import asyncpg
from tests.chaos.rig.checker import Broken, Violation, demand
from tests.chaos.rig.contract import ORGANISATION, RUN, SCHEMA, SERVICE, Echo, Step, step, use_topics
from tests.chaos.rig.evidence import Committed, Outcome
from tests.chaos.rig.ledger import TABLES, Ledger
from tests.chaos.rig.reading import create_topics

from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.relay import ProducerFactory, Relay, producer_factory
from koppel.testing.databases import ServiceDatabase, service_database

WITHIN = 10.0
"""Seconds that a condition may take."""
_LOOK_EVERY = 0.05

Handler = Callable[[ReceivedEvent[Step], Connection], "asyncio.Future[None] | object"]


async def apply(
    consumer: str, event: ReceivedEvent[Step] | ReceivedEvent[Echo], connection: Connection
) -> None:
    """The effect of every consumer of the rig: one row."""
    await connection.execute(
        "insert into effect (consumer, topic, key, version, event_id, op) values ($1, $2, $3, $4, $5, $6)",
        consumer,
        event.data.topic.name,
        event.data.stream,
        event.envelope.sequence,
        event.envelope.id,
        event.data.op,
    )


@dataclass(slots=True)
class Stage:
    """Made by `stage`; `history` is filled by the writing methods."""

    service: ServiceDatabase
    database: Database
    bootstrap: str
    topic: str
    group: str
    """A consumer group that nobody else on the broker has."""
    ledger: Ledger
    history: dict[str, Outcome] = field(default_factory=dict)
    consumers: dict[str, frozenset[str]] = field(default_factory=dict)
    committed: list[Committed] = field(default_factory=list)
    stands_still: float = inf
    """Seconds without any change that are enough to say so; only a seeded bug whose harm is to stand still sets it."""

    @property
    def patience(self) -> float:
        """Seconds for a condition that has no steps on its way."""
        return min(WITHIN, self.stands_still)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self.database.transaction(ORGANISATION) as connection:
            yield connection

    async def write(self, stream: str, *ops: str) -> None:
        """One committed transaction."""
        async with self.transaction() as connection:
            await EventLog(connection).append(*(step(stream, op) for op in ops))
        self.history.update(dict.fromkeys(ops, Outcome.OK))

    def relay(
        self, producers: ProducerFactory | None = None, *, beat: Callable[[], None] = lambda: None
    ) -> Relay:
        producers = producers or producer_factory(self.bootstrap, "chaos-relay")
        return Relay(self.database, SERVICE, producers, beat=beat)

    def subscriptions(self, name: str | None = None, handler: Handler | None = None) -> Subscriptions:
        """A consumer of steps with one effect an event; its obligations count from here on."""
        name = name or f"chaos-{uuid4().hex[:8]}"
        self.consumers[name] = frozenset({self.topic})

        async def on_step(event: ReceivedEvent[Step], connection: Connection) -> None:
            await apply(name, event, connection)

        registered = Subscriptions(name)
        registered.on(Step, handler or on_step)  # type: ignore[arg-type]  # a wider type than the rig needs
        return registered

    @asynccontextmanager
    async def consuming(
        self, subscriptions: Subscriptions, policy: RetryPolicy | None = None, instance: str | None = None
    ) -> AsyncIterator[Consumer]:
        consumer = Consumer(live(self.database, subscriptions, policy), self.bootstrap, instance=instance)
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def pending(self) -> int:
        return (await self.ledger.waiting())["pending"]

    async def drained(self, within: float | None = None, **left: int) -> None:
        """Until nothing is left to do but what `left` allows; `Broken` (`not drained`) after the bound, or when all stands still."""
        bound = time.monotonic() + (within or WITHIN)
        before, still = dict[str, int](), inf
        while True:
            unfinished = await self.ledger.unfinished(self.consumers)
            if not any(count > left.get(name, 0) for name, count in unfinished.items()):
                return
            if unfinished != before:
                before, still = unfinished, time.monotonic() + self.stands_still
            if time.monotonic() > min(bound, still):
                what = ", ".join(f"{count} {name}" for name, count in unfinished.items() if count)
                raise Broken([Violation("not drained", what)])
            await asyncio.sleep(_LOOK_EVERY)

    async def look(self, consumer: str) -> None:
        """Note the committed offsets and what is finished now, for the judgement at the end."""
        self.committed += await self.ledger.committed(consumer)

    async def judge(self, allowed: Mapping[str, int] | None = None) -> None:
        """Raises `Broken` on the first broken promise. `allowed`: what may still wait (parked, held)."""
        evidence = await self.ledger.evidence([self.topic], self.consumers, self.history, self.committed)
        for name, count in (allowed or {}).items():
            if evidence.waiting[name] != count:
                seen = f"{evidence.waiting[name]} {name} instead of {count}"
                raise Broken([Violation("waiting otherwise", seen)])
            evidence.waiting[name] = 0
        demand(evidence)

    async def judge_effects(self) -> None:
        """The same without Kafka: deliveries were made by hand, so no pointer was ever taken."""
        evidence = await self.ledger.evidence([self.topic], self.consumers, self.history, kafka=False)
        evidence.waiting.pop("pending", None)
        demand(evidence)

    async def applied(self, consumer: str) -> list[str]:
        """The operations whose effects are there, in the order of their writing."""
        statement = "select op from effect where consumer = $1 order by id"
        async with self.database.system() as connection:
            return [row["op"] for row in await connection.fetch(statement, consumer)]

    async def finished(self, consumer: str) -> dict[int, bool]:
        """By seq: whether the consumer applied, parked or held the event."""
        statement = """
            select log.seq, exists (select 1 from effect where consumer = $1 and event_id = log.event_id::text)
                or exists (select 1 from parked_event p where p.consumer = $1 and p.event_id = log.event_id::text)
                or exists (select 1 from held_event h where h.consumer = $1 and h.key = log.key and h.version = log.version)
            from event_log log"""
        async with self.database.system() as connection:
            return {row[0]: row[1] for row in await connection.fetch(statement, consumer)}

    async def op_at(self, seq: int) -> str:
        async with self.database.system() as connection:
            return await connection.fetchval(
                "select payload::json ->> 'op' from event_log where seq = $1", seq
            )

    async def parked(self) -> list[UUID]:
        async with self.database.system() as connection:
            return [
                row["id"] for row in await connection.fetch("select id from parked_event order by parked_at")
            ]


@asynccontextmanager
async def stage(postgres: str, bootstrap: str) -> AsyncIterator[Stage]:
    """A fresh database with the platform's and the rig's tables, and fresh topics."""
    run = uuid4().hex[:10]
    topics = use_topics(run)
    RUN["kafka"] = bootstrap
    async with service_database(postgres, SCHEMA, "koppel.testing.platform_only") as service:
        owner = await asyncpg.connect(service.owner_dsn)
        try:
            await owner.execute(TABLES)
        finally:
            await owner.close()
        await create_topics(bootstrap, *topics)
        database = service.open()
        await database.open()
        try:
            ledger = Ledger(service.admin_dsn, bootstrap, SCHEMA)
            yield Stage(service, database, bootstrap, topics[0], f"target-{run}", ledger)
        finally:
            await database.close()


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Relays at work; told to stop at the end."""
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    try:
        yield tasks
    finally:
        await end(*tasks)


async def end(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


def expect(check: str, truth: bool, detail: str = "") -> None:
    """A named demand of a scenario; raises `Broken`."""
    if not truth:
        raise Broken([Violation(check, detail)])
