"""Reading, sending and marking overlap; a failed send stops its stream for the round, never the others.

The promise: every committed event reaches the broker at least once, and per stream in order of version. It
rests on: pointers read in order of seq (which rises with the version inside a stream) and not before what
committed late below them, one relay a shard, batches handed over in order per partition, and consumers that
drop and hold by version should a relay that lost its shard still have requests in flight. A relay that ends in order
sends nothing twice either, as far as broker and database answer: see `in_flight`.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import partial

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from koppel.contracts.envelope import source_of
from koppel.kernel.retry import RetryPolicy
from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.outbox.backoff import Backoff
from koppel.platform.outbox.batches import Batch, Batches
from koppel.platform.outbox.in_flight import InFlight
from koppel.platform.outbox.partitions import Partitions
from koppel.platform.outbox.pending import PendingEvents
from koppel.platform.outbox.producer import FATAL as _FATAL
from koppel.platform.outbox.producer import (
    STUCK_AFTER,
    ProducerDied,
    ProducerFactory,
    first_of,
    give_up,
    producer_factory,
)
from koppel.platform.outbox.sequence_check import SequenceCheck
from koppel.platform.telemetry import metrics

__all__ = ["ProducerFactory", "Relay", "producer_factory"]

log = logging.getLogger(__name__)

_BATCH = 2_000
_IN_FLIGHT = 10_000
_ACTIVE_POLL = 0.002
_IDLE_POLL = 0.05
_ACTIVE_FOR = 2.0
_LOOK_BACK_EVERY = 0.1
_CLAIM_EVERY = 1.0
_RESTART = RetryPolicy(first=timedelta(milliseconds=100), longest=timedelta(seconds=2))
_LIVED = 10.0
"""Seconds after which a session counts as one that worked."""
_LOOK_AT_PRODUCER_EVERY = 0.25
_FIRST_ANSWER = 0.5
"""A broker without state of a producer in a partition accepts any sequence, also that behind a refused first batch."""


class Relay:
    """One relay of a service. `beat` is called on every turn of its loop, for liveness."""

    def __init__(
        self,
        database: Database,
        source: str,
        producers: ProducerFactory,
        *,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._outbox = PendingEvents(database)
        self._source = source_of(source)
        self._producers = producers
        self._beat = beat
        metrics.gauge("koppel_relay_shards", lambda: len(self._outbox.shards))
        metrics.gauge("koppel_relay_refused_streams", lambda: self._backoff.refused)
        self._awake = asyncio.Event()
        self._cursor = 0
        self._in_flight = InFlight()
        self._backoff = Backoff()
        self._dead: BaseException | None = None
        self._partitions = Partitions()
        self._numbered: set[tuple[str, int]] = set()
        self._sequence_check = SequenceCheck()

    def wake(self) -> None:
        """Something was appended: look now rather than at the next poll."""
        self._awake.set()

    async def run(self) -> None:
        """Relay until cancelled, starting anew after a lost database, broker or producer."""
        failures = 0
        while True:
            self._beat()  # a broker or database that is away is no reason to restart this process
            began = time.monotonic()
            try:
                await self._session()
            except Exception as error:
                failures = 1 if time.monotonic() - began > _LIVED else failures + 1
                wait = _RESTART.delay(failures).total_seconds()
                known = isinstance(error, (*UNAVAILABLE, KafkaError, ProducerDied))
                # Pending events are in the table, so a restart is always safe. A bug is logged with its stack.
                log.warning(
                    "relay starts anew in %.1f s: %s: %s",
                    wait,
                    type(error).__name__,
                    error,
                    exc_info=not known,
                )
                await asyncio.sleep(wait)

    async def _session(self) -> None:
        self._reset()
        producer = self._producers()
        async with AsyncExitStack() as ending:  # what was begun last ends first, whatever happens meanwhile
            ending.push_async_callback(self._outbox.close)
            ending.push_async_callback(give_up, producer)
            await producer.start()
            await self._outbox.open()
            marking = asyncio.create_task(self._in_flight.mark_until_settled(self._outbox), name="relay mark")
            ending.push_async_callback(self._in_flight.settle, marking)
            ending.push_async_callback(self._partitions.forget)
            sending = asyncio.create_task(self._send_forever(producer), name="relay send")
            watching = asyncio.create_task(self._watch_producer(), name="relay watch")
            ending.push_async_callback(_end, sending, watching)
            ended, _ = await asyncio.wait({marking, sending, watching}, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                await task

    async def _send_forever(self, producer: AIOKafkaProducer) -> None:
        claimed = looked_back = active = 0.0
        while True:
            self._beat()
            self._awake.clear()  # before the read: an event appended during it is seen by the next read
            now = time.monotonic()
            if now - claimed > _CLAIM_EVERY:
                await self._outbox.claim_shards(self._in_flight.seqs)
                claimed = now
            if not self._in_flight and not self._backoff.waiting:
                self._cursor = 0  # no cursor to move: one read sees all pending events, late commits too
            elif now - looked_back > _LOOK_BACK_EVERY:
                await self._look_back(now)
                looked_back = now
            room = _IN_FLIGHT - len(self._in_flight)
            self._in_flight.begin_read()
            rows = (
                await self._outbox.read(self._cursor, min(_BATCH, room))
                if room > 0 and self._outbox.shards
                else []
            )
            if rows:
                active = now
                if not await self._overtakes(rows):
                    await self._send(producer, rows)
            else:
                await self._rest(
                    _ACTIVE_POLL if now - active < _ACTIVE_FOR or self._in_flight else _IDLE_POLL
                )

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()

    async def _send(self, producer: AIOKafkaProducer, rows: list[asyncpg.Record]) -> None:
        self._cursor = max(self._cursor, rows[-1]["seq"])
        await self._partitions.learn(producer, {row["topic"] for row in rows})
        batches = Batches(producer, self._partitions, self._source, self._backoff.alone)
        batches.add(row for row in rows if self._may_go(row))
        for row in batches.refused:
            metrics.count("koppel_relay_failures_total", topic=row["topic"])
            if self._backoff.stop(stream := (row["topic"], row["key"]), row["seq"]):
                log.error("cannot publish seq %s of %s %s: too large for the broker", row["seq"], *stream)
        partitions = batches.by_partition()
        self._in_flight.take_up(batch for partition in partitions for batch in partition)
        try:
            async with asyncio.TaskGroup() as sending:
                for partition in partitions:
                    sending.create_task(self._send_partition(producer, partition))
        except BaseExceptionGroup as group:
            raise first_of(group) from group

    def _may_go(self, row: asyncpg.Record) -> bool:
        if row["seq"] in self._in_flight:
            return False
        if row["topic"] not in self._partitions:
            self._backoff.stop((row["topic"], row["key"]), row["seq"])
            return False
        return not self._backoff.holds(row)

    async def _send_partition(self, producer: AIOKafkaProducer, batches: list[Batch]) -> None:
        """In order; a batch that cannot be handed over keeps those behind it back as well."""
        for position, batch in enumerate(batches):
            try:
                sent = await producer.send_batch(batch.builder, batch.topic, partition=batch.partition)
            except KafkaError as error:
                for unsent in batches[position:]:
                    self._failed(unsent, error)
                return
            self._in_flight.handed_over(batch)
            sent.add_done_callback(partial(self._answered, batch))
            if (batch.topic, batch.partition) in self._numbered:
                continue
            await asyncio.wait({sent}, timeout=_FIRST_ANSWER)
            if sent.done() and sent.exception() is not None:
                for unsent in batches[position + 1 :]:
                    self._put_back(unsent, self._backoff.stop_for_a_moment)
                return

    def _answered(self, batch: Batch, done: "asyncio.Future[object]") -> None:
        error = None if done.cancelled() else done.exception()
        if done.cancelled() or not self._in_flight.awaits(batch):  # late, of one that was given up
            return
        if error is None:
            self._numbered.add((batch.topic, batch.partition))
            self._in_flight.acknowledge(batch)
            metrics.count("koppel_relay_published_total", len(batch.seqs), topic=batch.topic)
            metrics.observe("koppel_relay_publish_seconds", max(0.0, time.time() - batch.oldest))
            self._backoff.passed(batch.streams)
        else:
            last = not isinstance(error, _FATAL) and not getattr(error, "retriable", True)
            self._failed(batch, error, refused=last)

    def _failed(self, batch: Batch, error: BaseException, *, refused: bool = False) -> None:
        """`refused`: the broker will not have these bytes; one event may have spoilt it for the others in them."""
        metrics.count("koppel_relay_failures_total", len(batch.seqs), topic=batch.topic)
        self._put_back(batch, self._backoff.refuse if refused else self._backoff.stop_all)
        stream, others, why = batch.streams[0], len(batch.seqs) - 1, type(error).__name__
        log.error("cannot publish seq %s of %s %s and %s others: %s", batch.seqs[0], *stream, others, why)
        if isinstance(error, _FATAL):
            self._dead = error

    def _put_back(self, batch: Batch, where: Callable[[Batch], None]) -> None:
        self._in_flight.put_back(batch)
        where(batch)

    async def _look_back(self, now: float) -> None:
        """Late commits carry lower numbers, so the lowest pending row is looked for under steady load too."""
        self._backoff.expire(now)
        known = self._in_flight.seqs | self._backoff.waiting.keys()
        lowest = await self._outbox.late_commit(self._cursor, known, len(known) + 1)
        if lowest is not None:
            self._cursor = lowest - 1

    async def _overtakes(self, rows: list[asyncpg.Record]) -> bool:
        """Whether an event may stand before a predecessor that committed late, below the cursor: then that goes first.

        Asked after the read: who sees an event sees in every later snapshot what its stream held before.
        """
        if self._sequence_check.follow(rows) or self._cursor == 0:
            return False
        known = self._in_flight.seqs | self._backoff.waiting.keys()
        lowest = await self._outbox.late_commit(self._cursor, known, len(known) + 1)
        if lowest is not None:
            self._cursor = lowest - 1
        return lowest is not None

    async def _watch_producer(self) -> None:
        """Beside the sending loop: that may hang in the very producer that has to go."""
        while True:
            if self._dead is not None:
                raise ProducerDied(f"the producer failed: {type(self._dead).__name__}")
            if (silent := self._in_flight.silent_for()) > STUCK_AFTER:
                raise ProducerDied(f"no acknowledgement for {silent:.0f} s")
            await asyncio.sleep(_LOOK_AT_PRODUCER_EVERY)

    def _reset(self) -> None:
        self._cursor = 0
        self._in_flight = InFlight()
        self._backoff.reset()
        self._dead = None
        self._numbered.clear()
        self._sequence_check.reset()


async def _end(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
