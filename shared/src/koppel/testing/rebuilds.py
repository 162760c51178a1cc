"""Rebuilds without Kafka: what was delivered live comes again by the consumer's replay topic."""

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

from koppel.contracts.envelope import encode, source_of
from koppel.contracts.event import Event
from koppel.contracts.replay import Mode, Phase
from koppel.contracts.replay_topic import ReplayMark, encode_mark, replay_topic_name
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import Subscriptions
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord
from koppel.platform.consumer.processor import Processor
from koppel.platform.database import Database
from koppel.platform.outbox.newest import Stream
from koppel.platform.replay.target import ReplayProcessor
from koppel.platform.replay.target.decode import decode_replayed
from koppel.testing.deliveries import delivery

_REPORT = """
select payload from event_log where key = $1 and payload::jsonb ->> 'phase' = $2 order by version desc limit 1
"""
_COUNTS = ("applied", "skipped", "held", "parked", "changes", "appends", "estimated", "moved")


class Delivered:
    """A consumer's processor that remembers what it was given, and its replay topic."""

    def __init__(self, database: Database, subscriptions: Subscriptions) -> None:
        self.subscriptions = subscriptions
        self._database = database
        self._processor = Processor(database, subscriptions, RetryPolicy())
        self._replay_processor = ReplayProcessor(database, subscriptions, RetryPolicy())
        self._streams: dict[Stream, list[DecodedRecord]] = {}
        self._versions: Counter[Stream] = Counter()
        self._offsets = count()

    async def live(self, *events: Event) -> None:
        """They arrive on their topics, each as the next version of its stream."""
        batch = []
        for event in events:
            stream = (event.topic.name, event.key)
            self._versions[stream] += 1
            source = source_of(event.topic.owner)
            item = delivery(event, self._versions[stream], self.subscriptions, source=source)
            self._streams.setdefault(stream, []).append(item)
            batch.append(item)
        await self._processor.apply(batch)

    async def rebuild(
        self,
        *,
        mode: Mode = "rebuild",
        from_version: int = 1,
        batch: int = 1_000,
        run_batch: int | None = None,
        lost: int | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """All of it comes again, stream by stream: what the plan and what the run counted.

        They come `batch` at a time, in the run `run_batch`. `lost` is the position of a record of the run that the replay topic does not have any more.
        """
        replay_id = new_id()
        segments = [items[from_version - 1 :] for _, items in sorted(self._streams.items())]
        told = []
        for phase in ("rehearsal", "run"):
            records = self._records(replay_id, phase, mode, [items for items in segments if items])
            if lost is not None and phase == "run":
                del records[lost - 1]
            size = batch if phase == "rehearsal" else run_batch or batch
            for start in range(0, len(records), size):
                await self._replay_processor.apply(records[start : start + size])
            told.append(await self._report(replay_id, phase))
        return told[0], told[1]

    def _records(
        self, replay_id: UUID, phase: Phase, mode: Mode, segments: Sequence[Sequence[DecodedRecord]]
    ) -> list[DecodedRecord]:
        flat = [(items, item) for items in segments for item in items]
        records = []
        for position, (items, item) in enumerate(flat, start=1):
            versions = [each.version or 0 for each in items]
            mark = ReplayMark(
                topic=item.raw.topic,
                phase=phase,
                mode=mode,
                position=position,
                total=len(flat),
                first=item is items[0],
                last=item is items[-1],
                upto=versions[-1],
                whole=versions == list(range(1, versions[-1] + 1)),
            )
            records.append(self._record(replay_id, item, mark))
        return records

    def _record(self, replay_id: UUID, item: DecodedRecord, mark: ReplayMark) -> DecodedRecord:
        assert item.envelope is not None  # noqa: S101  (deliveries are events)
        headers = [*encode(item.envelope._replace(replay_id=replay_id)), encode_mark(mark)]
        topic = replay_topic_name(self.subscriptions.name)
        raw = StoredRecord(topic, 0, next(self._offsets), item.raw.key, headers, item.raw.value)
        return decode_replayed(raw, self.subscriptions)

    async def _report(self, replay_id: UUID, phase: Phase) -> dict[str, Any]:
        async with self._database.system() as connection:
            payload = await connection.fetchval(f"select ({_REPORT})::jsonb", str(replay_id), phase)
        return {name: payload[name] for name in _COUNTS}
