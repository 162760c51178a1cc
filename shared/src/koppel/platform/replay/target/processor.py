"""Applies events of the replay topic as the live processor does. Positions, effects and progress commit together.

A dry run (`dry_run`) takes the same steps and rolls them back. Whether the plan still holds is asked in `staleness`.
"""

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from uuid import UUID

from koppel.contracts.replay import Phase
from koppel.contracts.replay_topic import replay_group_name, replay_topic_name
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.changes import ChangeCounter
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.feed import Feed
from koppel.platform.consumer.processor import TRY_AGAIN, Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Database
from koppel.platform.replay.target.decode import decode_replayed_batch
from koppel.platform.replay.target.dry_run import CHUNK, OpenSegment, dry_run
from koppel.platform.replay.target.parked_copies import ParkedCopies
from koppel.platform.replay.target.progress import Progress, lock_progress
from koppel.platform.replay.target.segment import Segments
from koppel.platform.replay.target.streams import ReplayedStreams

log = logging.getLogger(__name__)


def replay_feed(database: Database, subscriptions: Subscriptions, policy: RetryPolicy) -> Feed:
    """A consumer's replay topic, read in a group of its own: live traffic does not queue behind a replay."""
    return Feed(
        group=replay_group_name(subscriptions.name),
        topics=(replay_topic_name(subscriptions.name),),
        read=partial(decode_replayed_batch, subscriptions=subscriptions),
        apply=ReplayProcessor(database, subscriptions, policy).apply,
    )


class ReplayProcessor:
    """Applies the records of one consumer's replay topic. Raises only exceptions of `TRY_AGAIN`; a record whose transaction
    committed is dropped when it comes again."""

    def __init__(self, database: Database, subscriptions: Subscriptions, policy: RetryPolicy) -> None:
        self._database = database
        self._consumer = subscriptions.name
        self._tables = subscriptions.tables.tables
        self._processor = Processor(database, subscriptions, policy)
        self._open = OpenSegment()

    async def apply(self, batch: Sequence[DecodedRecord]) -> None:
        """Returns once everything in the batch is dealt with, durably. Chunk by chunk, in order."""
        for replay, part in _parts(batch):
            if replay is None:
                await self._processor.apply(part)  # no record of a replay: parked as malformed
            else:
                await self._chunk(*replay, part)

    async def _chunk(self, replay_id: UUID, phase: Phase, part: Sequence[DecodedRecord]) -> None:
        try:
            await self._transaction(replay_id, phase, part, savepoints=False)
        except Exception as error:
            # As in the live processor: a time-out may be the handler's own, and then the next attempt tells.
            if isinstance(error, TRY_AGAIN) and not isinstance(error, OSError):
                raise
            name = type(error).__name__
            log.warning("a handler failed (%s); %s replayed events are run one by one", name, len(part))
            await self._transaction(replay_id, phase, part, savepoints=True)

    async def _transaction(
        self, replay_id: UUID, phase: Phase, part: Sequence[DecodedRecord], *, savepoints: bool
    ) -> None:
        async with self._database.system() as connection:
            progress = await lock_progress(connection, self._consumer, replay_id, phase)
            batch, missing = _next_in_turn(part, progress)
            if not batch and not missing:
                return
            if progress.moved is None:
                work = self._processor.open(connection, savepoints=savepoints)
                changes = work.changes = ChangeCounter(connection, self._tables)
                streams = ReplayedStreams(connection, self._consumer, replay_id)
                await streams.load({item.stream for item in batch})
                segments = Segments(work, streams, progress, ParkedCopies(connection, self._consumer))
                if phase == "rehearsal":
                    before = self._open.before(replay_id, batch) if batch else ()
                    await dry_run(connection, segments, changes, batch, before)
                else:
                    await changes.start()
                    await _run(segments, batch, missing=missing)
                    progress.add(await changes.found())
                await streams.store()
                await segments.verdicts.store(connection, self._consumer, replay_id, phase)
            if missing:
                progress.stop(missing)
            await progress.store(connection)
        if phase == "rehearsal" and batch:
            self._open.follow(replay_id, batch)


async def _run(segments: Segments, batch: Sequence[DecodedRecord], *, missing: str) -> None:
    work, streams = segments.work, segments.streams
    # Without the rest of the replay, a rebuild that has begun would hold its stream for ever.
    left = await streams.open_rebuilds() if missing else []
    await work.positions.lock([*(item.stream for item in batch), *left])
    await segments.take(batch)
    if missing:
        await streams.load(set(left) - {item.stream for item in batch})
        for stream in {*left, *(item.stream for item in batch)}:
            if streams.of(stream).state == "open" and streams.of(stream).resume_head is not None:
                await segments.break_off(stream)
    await work.positions.store()


def _next_in_turn(part: Sequence[DecodedRecord], progress: Progress) -> tuple[list[DecodedRecord], str]:
    """What was not seen before, up to the first record that is missing; and why the replay ends there, if so."""
    batch: list[DecodedRecord] = []
    for item in part:
        assert item.mark is not None  # noqa: S101  (only marked records come here)
        expected = progress.position + 1
        if item.mark.position < expected:
            continue
        if item.mark.position > expected:
            found = item.mark.position
            progress.position, progress.total = found, item.mark.total
            return batch, f"lane_incomplete: record {expected} was due and {found} came"
        progress.position, progress.total = expected, item.mark.total
        batch.append(item)
    return batch, ""


def _parts(
    batch: Sequence[DecodedRecord],
) -> Iterator[tuple[tuple[UUID, Phase] | None, Sequence[DecodedRecord]]]:
    for replay, items in groupby(batch, key=_replay):
        part = list(items)
        while part:
            end = _chunk(part)
            yield replay, part[:end]
            part = part[end:]


def _chunk(part: Sequence[DecodedRecord]) -> int:
    """How many go into the next transaction: whole segments, as many as fit, or as much as fits of one."""
    if len(part) <= CHUNK:
        return len(part)
    ends = [
        place for place, item in enumerate(part[:CHUNK], start=1) if item.mark is not None and item.mark.last
    ]
    return ends[-1] if ends else CHUNK


def _replay(item: DecodedRecord) -> tuple[UUID, Phase] | None:
    if item.mark is None or item.envelope is None or item.envelope.replay_id is None:
        return None
    return item.envelope.replay_id, item.mark.phase
