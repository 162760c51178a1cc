"""The Kafka side: FastStream batches in, explicit offsets out, after the database transaction.

Policy, stated here and nowhere else: AckPolicy.MANUAL, `earliest`, one consumer a process and group, raw bytes
decoded by us. The parser never raises: under MANUAL that would lose the batch silently.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import DecodedRecord, RawRecord
from koppel.platform.consumer.feed import Feed
from koppel.platform.consumer.kafka.client import polls_by_ours
from koppel.platform.consumer.kafka.events_in_hand import EventsInHand
from koppel.platform.consumer.kafka.leaving import leave_group
from koppel.platform.consumer.kafka.membership import (
    HEARTBEAT,
    NAMED_SESSION,
    SESSION,
    DrainOnRevoke,
    member_name,
)
from koppel.platform.consumer.kafka.partition_groups import Place, partition_groups, partitions
from koppel.platform.consumer.processor import TRY_AGAIN
from koppel.platform.consumer.tracing import links
from koppel.platform.kafka.access import Kafka
from koppel.platform.telemetry import metrics

log = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)

_BATCH = 2_000
_POLL_MS = 5
_IDLE_POLL_MS = 40
_ACTIVE_FOR = 2.0
"""After an empty poll FastStream sleeps the poll's length again, so it is short while events flow, longer when idle."""
_DRAIN_WITHIN = 10.0
_SILENT_FOR = 6.0
"""Seconds; an idle broker answers every fetch within half of one."""
_BATCH_WITHIN = 8.0
"""Seconds; a batch takes far less, since handlers call nothing remote."""
_AGAIN = RetryPolicy(first=timedelta(milliseconds=200), longest=timedelta(seconds=5))


class Consumer:
    """One consumer group member. `instance` makes it a static member: a restart takes its partitions back at once, and who
    does not come back is missed later."""

    def __init__(
        self,
        feed: Feed,
        kafka: Kafka,
        *,
        instance: str | None = None,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._feed = feed
        self._beat = beat
        self._idle = asyncio.Event()
        self._idle.set()
        self._kafka = kafka
        self._member = instance and member_name(feed, instance)
        self._broker: KafkaBroker | None = None
        self._subscriber: BatchSubscriber | None = None
        self._last_batch = 0.0
        self._batch_done = 0.0
        self._asked = 0.0
        self._in_hand = EventsInHand()
        self.seconds_behind = self._in_hand.seconds_behind
        self._listener = DrainOnRevoke(self._idle, _DRAIN_WITHIN)

    async def start(self) -> None:
        """Join the group. Raises KafkaError while the broker is away; call again then."""
        self._broker, self._subscriber = self._build()
        try:
            await self._broker.connect()
            polls_by_ours(self._broker, self._kafka)
            await self._broker.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Finish the current batch, commit its offsets, leave the group, as `leave_group` says."""
        broker, self._broker = self._broker, None
        if broker is not None:
            await leave_group(broker, self._subscriber, self._idle, group=self._feed.group)

    @property
    def consuming(self) -> bool:
        """Whether events would be applied now; see `unready_reason`."""
        return self.unready_reason() is None

    def unready_reason(self) -> str | None:
        """Why nothing is consumed, in words, or None. Within ten seconds of what happened; never because of idleness.

        Having partitions proves nothing: the client keeps them when the broker is gone. An answered fetch does.
        """
        if self._broker is None or self._subscriber is None or self._subscriber.consumer is None:
            return "it is not started"
        tasks = self._subscriber.tasks
        if not tasks or any(task.done() for task in tasks):
            return "its task ended"
        if not self._idle.is_set():
            taken = time.monotonic() - self._last_batch
            return f"the batch in hand has taken {taken:.0f} s" if taken > _BATCH_WITHIN else None
        if (failure := getattr(self._subscriber.consumer, "failure", None)) is not None:
            return f"reading failed: {failure}"
        partitions = self._subscriber.consumer.assignment()
        if not partitions and not self._stands_by(self._subscriber.consumer):
            return "it has no partitions"
        if not self._listener.assigned and time.monotonic() - self._listener.since > _SILENT_FOR:
            return "its group does not settle"
        answered = [self._subscriber.consumer.last_poll_timestamp(each) or 0 for each in partitions]
        heard = max(answered, default=0) / 1000
        silent = time.time() - max(heard, self._asked, self._listener.at, self._batch_done)
        if silent > _SILENT_FOR:
            return f"the broker has been silent for {silent:.0f} s"
        return None

    def _stands_by(self, client: Any) -> bool:
        """Whether the group has settled and others have all partitions: that is well."""
        if client.assignment() or not self._listener.assigned:
            return False
        return all(client.partitions_for_topic(topic) for topic in self._feed.topics)

    async def ask_when_standing_by(self) -> None:
        """Called about every second. A member without partitions fetches nothing, so it asks the broker in another way."""
        client: Any = self._subscriber and self._subscriber.consumer
        if client is not None and self._stands_by(client):
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(_SILENT_FOR / 2):
                    await client.topics()
                    self._asked = time.time()

    def slow_down_when_idle(self) -> None:
        """Called every second or so: four idle services must not cost a core."""
        if self._subscriber is not None and time.monotonic() - self._last_batch > _ACTIVE_FOR:
            self._subscriber.batch_timeout_ms = _IDLE_POLL_MS

    def raise_if_dead(self) -> None:
        """Raise the exception that ended the consuming task, if it ended by itself."""
        if self._broker is None or self._subscriber is None:
            return
        for task in self._subscriber.tasks:
            if task.done():
                raise RuntimeError("the consuming task ended") from (
                    None if task.cancelled() else task.exception()
                )

    def _build(self) -> tuple[KafkaBroker, BatchSubscriber]:
        broker = KafkaBroker(
            str(self._kafka),
            client_id=self._feed.group,
            consumer_only=True,
            allow_auto_create_topics=False,
            parser=_whole_batch,
            decoder=_raw_records,
            apply_types=False,
            graceful_timeout=_DRAIN_WITHIN,
            logger=None,
        )
        subscriber = broker.subscriber(
            *self._feed.topics,
            batch=True,
            group_id=self._feed.group,
            group_instance_id=self._member,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            batch_timeout_ms=_POLL_MS,
            max_records=_BATCH,
            session_timeout_ms=int(1000 * (NAMED_SESSION if self._member else SESSION)),
            heartbeat_interval_ms=int(1000 * HEARTBEAT),
            max_poll_interval_ms=600_000,
            listener=self._listener,
        )
        subscriber(self._handle)
        return broker, subscriber

    async def _handle(self, message: Any) -> None:
        """Never raises: an exception would let the next batch's commit pass this one.

        FastStream builds a validator from the annotation, hence `Any`; it is the tuple of consumer records.
        """
        records: tuple[RawRecord, ...] = message
        self._idle.clear()
        self._last_batch = time.monotonic()
        if self._subscriber is not None:
            self._subscriber.batch_timeout_ms = _POLL_MS
        try:
            grouped = partitions(records)
            await asyncio.gather(*map(self._apply, partition_groups(grouped)))
            await self._commit({place: run[-1].offset + 1 for place, run in grouped.items()})
        finally:
            self._batch_done = time.time()
            self._idle.set()

    async def _apply(self, records: Sequence[RawRecord]) -> None:
        """Until it is done: whatever happens, the batch is not done before, and the next one's commit must not pass it."""
        batch = self._feed.read(records)
        with self._in_hand.holding(batch):
            await self._apply_batch(batch)

    async def _apply_batch(self, batch: Sequence[DecodedRecord]) -> None:
        began, attempt = time.monotonic(), 0
        while True:
            self._beat()
            try:
                with tracer.start_as_current_span(
                    f"process {self._feed.group}", kind=SpanKind.CONSUMER, links=links(batch)
                ):
                    await self._feed.apply(batch)
                break
            except Exception as error:
                attempt += 1
                metrics.count(
                    "koppel_consumer_batches_total", consumer=self._feed.group, result="tried_again"
                )
                log.warning(
                    "batch is tried again (%s), attempt %s",
                    type(error).__name__,
                    attempt,
                    exc_info=not isinstance(error, TRY_AGAIN),
                )
                await asyncio.sleep(_AGAIN.delay(attempt).total_seconds())
        self._measure(batch, time.monotonic() - began)

    def _measure(self, batch: Sequence[DecodedRecord], seconds: float) -> None:
        name = self._feed.group
        metrics.count("koppel_consumer_batches_total", consumer=name, result="done")
        metrics.observe("koppel_consumer_batch_seconds", seconds, consumer=name)
        # One measurement a topic and batch, of its oldest event: the worst wait is the one that matters.
        now = datetime.now(UTC)
        for topic, run in groupby(batch, lambda item: item.raw.topic):
            items = list(run)
            metrics.count("koppel_consumer_events_total", len(items), consumer=name, topic=topic)
            at = items[0].envelope.time if items[0].envelope is not None else None
            if at is not None and at.tzinfo:
                age = max(0.0, (now - at).total_seconds())
                metrics.observe("koppel_consumer_event_age_seconds", age, consumer=name, topic=topic)

    async def _commit(self, offsets: Mapping[Place, int]) -> None:
        if self._subscriber is None or self._subscriber.consumer is None:
            return
        try:
            await self._subscriber.consumer.commit(
                {TopicPartition(*place): offset for place, offset in offsets.items()}
            )
        except (KafkaError, IllegalStateError) as error:
            # The effects are committed; the partitions' new owner reads the events again and skips them.
            log.warning("offsets not committed: %s", type(error).__name__)


async def _whole_batch(message: Any) -> KafkaMessage:
    return KafkaMessage(
        body=b"",
        headers={},
        message_id="batch",
        correlation_id="batch",
        raw_message=message,
        consumer=FAKE_CONSUMER,
    )


async def _raw_records(message: Any) -> Any:
    return message.raw_message
