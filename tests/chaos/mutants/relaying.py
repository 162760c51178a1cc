"""Seeded bugs of writing and relaying."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import patch

import asyncpg
from aiokafka import AIOKafkaProducer
from tests.chaos.mutants.catalogue import changed, mutant
from tests.chaos.rig.contract import PARTITIONS, RUN, SERVICE

from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.kernel.ids import new_id
from koppel.platform.outbox import EventLog, append, maintenance, pending
from koppel.platform.outbox import relay as relay_module
from koppel.platform.outbox.batches import partition_of
from koppel.platform.outbox.pending import SHARDS, PendingEvents
from koppel.platform.outbox.relay import Relay


@mutant("late commit with a lower number is published", "not drained")
def id_cursor() -> Iterator[None]:
    """Only ever reads behind the highest number that it has read."""
    real = PendingEvents.read

    async def read(self: Any, after: int, limit: int) -> Any:
        rows = await real(self, max(after, getattr(self, "highest", 0)), limit)
        self.highest = max([getattr(self, "highest", 0), *(row["seq"] for row in rows)])
        return rows

    with patch.object(PendingEvents, "read", read), patch.object(PendingEvents, "late_commit", _nothing):
        yield


@mutant("late commit is found while other events are in flight", "not drained")
def no_look_back_for_late_commits() -> Iterator[None]:
    with patch.object(PendingEvents, "late_commit", _nothing):
        yield


@mutant("transaction that began first and wrote second comes second", "inversion on the topic")
def order_by_transaction_id() -> Iterator[None]:
    statement = changed(
        changed(pending.PENDING, "order by pending.seq", ""),
        "order by seq",
        "order by xmin::text::bigint, seq",
    )
    with patch.object(pending, "PENDING", statement):
        yield


@mutant("old days are dropped without a stall of writers", "writer stalled")
def days_are_dropped_with_all_patience() -> Iterator[None]:
    with patch.object(maintenance, "_PATIENCE", "select 1"):
        yield


@mutant("second relay does not overtake the first", "inversion on the topic")
def rows_shared_by_skip_locked() -> Iterator[None]:
    """Every relay takes any row that no other has locked, and keeps it locked until it is marked."""
    real_open, real_close = PendingEvents.open, PendingEvents.close

    async def open_and_begin(self: Any) -> None:
        await real_open(self)
        self.shards, self.held = set(range(SHARDS)), []

    async def read(self: Any, after: int, limit: int) -> list[asyncpg.Record]:
        session = await self._database.session()
        self.held.append(session)
        await session.execute("begin")
        rows: list[asyncpg.Record] = await session.fetch(
            changed(pending.PENDING, "limit $3", "limit $3 for update skip locked"),
            after,
            sorted(self.shards),
            limit,
        )
        if not rows:
            self.held.remove(session)
            session.terminate()
        return rows

    async def mark(self: Any, acknowledged: Sequence[int]) -> None:
        for session in self.held:
            await session.execute(pending._DELETE, acknowledged)
            await session.execute("commit")
            session.terminate()
        self.held = []

    async def close(self: Any) -> None:
        for session in self.held:
            session.terminate()
        await real_close(self)

    with (
        patch.object(PendingEvents, "open", open_and_begin),
        patch.object(PendingEvents, "close", close),
        patch.object(PendingEvents, "claim_shards", _nothing),
        patch.object(PendingEvents, "read", read),
        patch.object(PendingEvents, "mark", mark),
        patch.object(PendingEvents, "late_commit", _nothing),
    ):
        yield


@mutant("relay that dies before the answer leaves the event pending", "lost before the topic")
def marks_before_the_answer() -> Iterator[None]:
    real = Relay._send_partition

    async def send(self: Any, producer: Any, batches: Any) -> None:
        for batch in batches:
            await self._outbox.mark(batch.seqs)
        await real(self, producer, batches)

    with patch.object(Relay, "_send_partition", send):
        yield


@mutant("dead producer is replaced", "producer not replaced")
def keeps_a_dead_producer() -> Iterator[None]:
    with patch.object(relay_module, "_FATAL", ()):
        yield


@mutant("killed relay is taken over", "not drained")
def claims_shards_only_once() -> Iterator[None]:
    real = PendingEvents.claim_shards

    async def claim(self: Any, in_flight: Any) -> None:
        if not getattr(self, "claimed", False):
            self.claimed = True
            await real(self, in_flight)

    with patch.object(PendingEvents, "claim_shards", claim):
        yield


@mutant("rolled back event never reaches the topic", "ghost on the topic")
def publishes_before_the_commit() -> Iterator[None]:
    """The append sends at once, as a service does that publishes beside its transaction."""
    real = EventLog._log

    async def log(self: Any, caused: Any) -> list[int]:
        numbers = await real(self, caused)
        await _send_at_once(caused, numbers)
        return numbers

    with patch.object(EventLog, "_log", log):
        yield


@mutant("writer that waits for the stream is numbered after it", "inversion on the topic")
def numbers_drawn_before_the_stream_is_locked() -> Iterator[None]:
    statement = changed(append._APPEND, "event_log (event_id,", "event_log (seq, event_id,")
    statement = changed(
        statement,
        "traceparent)\n    select event_id, topic, key,\n           heads.version",
        "traceparent) overriding system value\n    select current_setting('drawn.seqs')::bigint + ordinal, event_id, topic, key,\n           heads.version",
    )
    real = EventLog._log

    async def log(self: Any, caused: Any) -> list[int]:
        drawn = await self._connection.fetchval(
            "select max(nextval(pg_get_serial_sequence('event_log', 'seq'))) from generate_series(1, $1::int)",
            len(caused),
        )
        await self._connection.execute("select set_config('drawn.seqs', $1, true)", str(drawn - len(caused)))
        return await real(self, caused)

    with patch.object(append, "_APPEND", statement), patch.object(EventLog, "_log", log):
        yield


@mutant("writer that waits for the stream is numbered after it", "versions with gaps")
def versions_counted_without_a_lock() -> Iterator[None]:
    """The next version is the highest that can be seen, plus one."""
    head, _, rest = append._APPEND.partition("    insert into stream_head")
    _, _, rest = rest.partition("    returning topic, key, version\n")
    statement = changed(
        f"{head}    select distinct topic, key from input\n{rest}",
        "heads.version - count(*) over stream + row_number() over (stream order by ordinal)",
        "(current_setting('counted.versions')::bigint[])[ordinal]",
    )
    real = EventLog._log

    async def log(self: Any, caused: Any) -> list[int]:
        numbers: list[int] = []
        for event, _ in caused:
            seen = await self._connection.fetchval(
                "select coalesce(max(version), 0) from event_log where topic = $1 and key = $2",
                event.topic.name,
                event.key,
            )
            numbers.append(seen + 1)
        await asyncio.sleep(0.2)  # both have looked before either writes
        listed = "{" + ",".join(str(number) for number in numbers) + "}"
        await self._connection.execute("select set_config('counted.versions', $1, true)", listed)
        return await real(self, caused)

    with patch.object(append, "_APPEND", statement), patch.object(EventLog, "_log", log):
        yield


async def _nothing(*_: object) -> None:
    """In place of a coroutine that looks or claims."""


async def _send_at_once(caused: Any, numbers: list[int]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=RUN["kafka"])
    await producer.start()
    try:
        for (event, _), number in zip(caused, numbers, strict=True):
            envelope = Envelope(
                id=str(new_id()), type=event.type_name(), source=source_of(SERVICE), subject=event.key, time=None,
                organisation_id=event.organisation_id, sequence=number,
            )  # fmt: skip
            body = event.model_dump_json().encode()
            await producer.send_and_wait(
                event.topic.name,
                body,
                key=event.key.encode(),
                partition=partition_of(event.key.encode(), PARTITIONS),
                headers=encode(envelope),
            )
    finally:
        await producer.stop()
