"""A bare subscriber: it reads what sync-svc publishes, counts records, and hears runs end."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from koppel.contracts.sync import SyncAbandoned, SyncCancelled, SyncCompleted, SyncFailed
from koppel.contracts.topics import RECORD, SYNC

_ID_LENGTH = 36
_TYPE = "ce_type"
_ENDED = {each.type_name().encode() for each in (SyncCompleted, SyncFailed, SyncCancelled, SyncAbandoned)}


class RunFailed(Exception):
    """A run ended otherwise than with changes."""


@dataclass(slots=True)
class Heard:
    """What was heard of one administration. Times are `time.time()`; `ended` is its run's last event."""

    last_record_at: float = 0.0
    ended: dict[str, Any] | None = None

    @property
    def changed(self) -> int | None:
        """How many records the run says to have changed; None while it runs."""
        if self.ended is None:
            return None
        if self.ended.get("outcome") != "changed":
            raise RunFailed(f"a run ended as {self.ended.get('outcome')}: {self.ended.get('failure')}")
        return sum(each["changed"] for each in self.ended["resources"])


class Listener:
    """Reads from where the topics end when it is entered. One at a time may wait."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers, enable_auto_commit=False, check_crcs=False
        )
        self.records: Counter[str] = Counter()
        self._heard: dict[str, Heard] = {}

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        try:
            places = [
                TopicPartition(topic.name, number)
                for topic in (RECORD, SYNC)
                for number in range(topic.partitions)
            ]
            self._consumer.assign(places)
            ends = await self._consumer.end_offsets(places)
            for place, offset in ends.items():
                self._consumer.seek(place, offset)
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def all_records_of(self, administration_ids: list[str], *, within: float) -> dict[str, Heard]:
        """Read until each administration's run ended and every record that it changed was read.

        Raises `RunFailed` and `TimeoutError`.
        """
        waiting = set(administration_ids)
        async with asyncio.timeout(within):
            while waiting:
                await self._read()
                waiting = {each for each in waiting if not self._complete(each)}
        return {each: self._heard[each] for each in administration_ids}

    def _complete(self, administration_id: str) -> bool:
        heard = self._heard.get(administration_id)
        return (
            heard is not None
            and heard.changed is not None
            and self.records[administration_id] >= heard.changed
        )

    async def _read(self) -> None:
        batches = await self._consumer.getmany(timeout_ms=100, max_records=10_000)
        now = time.time()
        for place, messages in batches.items():
            if place.topic == SYNC.name:
                for message in messages:
                    self._hear(message.key.decode(), message.headers, message.value)
            else:
                seen = Counter([message.key[:_ID_LENGTH] for message in messages])
                for key, count in seen.items():
                    administration_id = key.decode()
                    self.records[administration_id] += count
                    self._of(administration_id).last_record_at = now

    def _hear(self, administration_id: str, headers: list[tuple[str, bytes]], value: bytes) -> None:
        if dict(headers).get(_TYPE) in _ENDED:
            self._of(administration_id).ended = orjson.loads(value)

    def _of(self, administration_id: str) -> Heard:
        return self._heard.setdefault(administration_id, Heard())
