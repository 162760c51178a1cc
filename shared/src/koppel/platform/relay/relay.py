"""Reading, sending and marking overlap; a failed send stops its stream for the round, never the others.

The promise: every committed event reaches the broker at least once, and per stream in order of version. It
rests on: pointers read in order of seq (which rises with the version inside a stream), one relay a shard,
partitions that aiokafka fills in order of `send`, and consumers that drop and hold by version should a relay
that lost its shard still have requests in flight.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
)

from koppel.contracts.envelope import Envelope, encode
from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.relay.outbox import Outbox

log = logging.getLogger(__name__)

_BATCH = 2_000
_IN_FLIGHT = 10_000
_ACTIVE_POLL = 0.004
_IDLE_POLL = 0.05
_ACTIVE_FOR = 2.0
_LOOK_BACK_EVERY = 0.1
_CLAIM_EVERY = 1.0
_RESTART_AFTER = 1.0
_STUCK_AFTER = 30.0

_STOP_STREAM_FOR = 5.0
# After these the producer's session is over for good; everything else concerns one message.
_FATAL = (
    OutOfOrderSequenceNumber,
    ProducerFenced,
    ProducerClosed,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
)

ProducerFactory = Callable[[], AIOKafkaProducer]


def producer_factory(bootstrap_servers: str, client_id: str) -> ProducerFactory:
    """Idempotent, all replicas: no duplicate and no inversion from the client's own retries."""
    return lambda: AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        linger_ms=2,
        max_batch_size=262_144,
        max_request_size=1_048_576,
        request_timeout_ms=20_000,
    )


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
        self._outbox = Outbox(database)
        self._source = f"urn:koppel:{source}"
        self._producers = producers
        self._beat = beat
        self._awake = asyncio.Event()
        self._to_mark = asyncio.Event()
        self._cursor = 0
        self._in_flight: dict[int, float] = {}
        self._acknowledged: deque[int] = deque()
        self._stopped: dict[tuple[str, str], float] = {}
        self._waiting: dict[int, float] = {}
        self._dead: BaseException | None = None

    def wake(self) -> None:
        """Something was appended: look now rather than at the next poll."""
        self._awake.set()

    async def run(self) -> None:
        """Relay until cancelled, starting anew after a lost database, broker or producer."""
        while True:
            try:
                await self._session()
            except (*UNAVAILABLE, KafkaError, ProducerDied) as error:
                log.warning(
                    "relay starts anew in %.0f s: %s: %s", _RESTART_AFTER, type(error).__name__, error
                )
            await asyncio.sleep(_RESTART_AFTER)

    async def _session(self) -> None:
        self._reset()
        producer = self._producers()
        try:
            await producer.start()
            await self._outbox.open()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send_forever(producer), name="relay send")
                tasks.create_task(self._mark_forever(), name="relay mark")
        except* (*UNAVAILABLE, KafkaError, ProducerDied) as group:
            raise _first(group) from group
        finally:
            await self._outbox.close()
            # A dead producer may never flush; what it had in flight is still pending and is sent again.
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), timeout=5)

    async def _send_forever(self, producer: AIOKafkaProducer) -> None:
        claimed = looked_back = active = 0.0
        while True:
            self._beat()
            now = time.monotonic()
            if now - claimed > _CLAIM_EVERY:
                await self._outbox.claim_shards()
                claimed = now
            if now - looked_back > _LOOK_BACK_EVERY:
                await self._look_back(now)
                looked_back = now
            self._check_producer(now)
            room = _IN_FLIGHT - len(self._in_flight)
            rows = (
                await self._outbox.read(self._cursor, min(_BATCH, room))
                if room > 0 and self._outbox.shards
                else []
            )
            for row in rows:
                await self._send(producer, row)
            if rows:
                active = now
                await asyncio.sleep(0)
            else:
                await self._rest(
                    _ACTIVE_POLL if now - active < _ACTIVE_FOR or self._in_flight else _IDLE_POLL
                )

    async def _rest(self, seconds: float) -> None:
        self._awake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()

    async def _send(self, producer: AIOKafkaProducer, row: asyncpg.Record) -> None:
        seq, stream = row["seq"], (row["topic"], row["key"])
        self._cursor = max(self._cursor, seq)
        if seq in self._in_flight:
            return
        if (until := self._stopped.get(stream)) is not None:
            self._waiting[seq] = until
            return
        self._in_flight[seq] = time.monotonic()
        try:
            acknowledgement = await producer.send(
                row["topic"], row["payload"].encode(), key=row["key"].encode(), headers=self._headers(row)
            )
        except KafkaError as error:
            self._failed(seq, stream, error)
        else:
            acknowledgement.add_done_callback(lambda done: self._answered(seq, stream, done))

    def _answered(self, seq: int, stream: tuple[str, str], done: "asyncio.Future[object]") -> None:
        if done.cancelled():
            return
        if (error := done.exception()) is None:
            self._acknowledged.append(seq)
            self._to_mark.set()
        else:
            self._failed(seq, stream, error)

    def _failed(self, seq: int, stream: tuple[str, str], error: BaseException) -> None:
        log.error("cannot publish seq %s of %s %s: %s", seq, *stream, type(error).__name__)
        self._in_flight.pop(seq, None)
        self._stopped[stream] = self._waiting[seq] = time.monotonic() + _STOP_STREAM_FOR
        if isinstance(error, _FATAL):
            self._dead = error

    async def _look_back(self, now: float) -> None:
        """Late commits carry lower numbers, so the lowest pending row is looked for under steady load too."""
        self._stopped = {stream: until for stream, until in self._stopped.items() if until > now}
        self._waiting = {seq: until for seq, until in self._waiting.items() if until > now}
        known = self._in_flight.keys() | self._waiting.keys()
        lowest = await self._outbox.overlooked(self._cursor, known, len(known) + 1)
        if lowest is not None:
            self._cursor = lowest - 1

    def _check_producer(self, now: float) -> None:
        if self._dead is not None:
            raise ProducerDied(f"the producer failed: {type(self._dead).__name__}")
        oldest = next(iter(self._in_flight.values()), now)
        if now - oldest > _STUCK_AFTER:
            raise ProducerDied(f"no acknowledgement for {now - oldest:.0f} s")

    async def _mark_forever(self) -> None:
        while True:
            await self._to_mark.wait()
            self._to_mark.clear()
            batch = list(self._acknowledged)
            self._acknowledged.clear()
            await self._outbox.mark(batch)
            for seq in batch:
                self._in_flight.pop(seq, None)

    def _reset(self) -> None:
        self._cursor = 0
        self._in_flight.clear()
        self._acknowledged.clear()
        self._stopped.clear()
        self._waiting.clear()
        self._to_mark.clear()
        self._dead = None

    def _headers(self, row: asyncpg.Record) -> list[tuple[str, bytes]]:
        return encode(
            Envelope(
                id=str(row["event_id"]),
                type=row["type"],
                source=self._source,
                subject=row["key"],
                time=row["occurred_at"],
                organisation_id=row["organisation_id"],
                sequence=row["version"],
                correlation_id=row["correlation_id"],
                causation_id=row["causation_id"],
                traceparent=row["traceparent"],
            )
        )


class ProducerDied(Exception):
    """The producer cannot go on: it is replaced."""


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first plain exception inside a group, for one honest log line."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
