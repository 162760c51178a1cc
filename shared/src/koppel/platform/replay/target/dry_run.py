"""The dry run that a plan is made of: the steps of a run, inside a savepoint that is rolled back.

Positions are read and not locked. The counts, and where each stream stood, are all that it leaves.
"""

from collections.abc import Sequence
from uuid import UUID

from koppel.platform.consumer.changes import ChangeCounter
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.database import Connection
from koppel.platform.replay.target.segment import Segments
from koppel.platform.telemetry import metrics

CHUNK = 200
"""Events a transaction: live events of their streams wait for no longer than that takes."""


class _RolledBack(Exception):
    """Ends a savepoint."""


class OpenSegment:
    """The records so far of the segment that a dry run is in the middle of.

    What they did was rolled back, so they are run again, uncounted, before the segment's next ones. Kept in memory while they
    are no more than a transaction takes; without them the segment's rest is counted by positions.
    """

    def __init__(self) -> None:
        self._replay_id: UUID | None = None
        self._records: list[DecodedRecord] = []

    def before(self, replay_id: UUID, batch: Sequence[DecodedRecord]) -> Sequence[DecodedRecord]:
        """The records before the batch of the segment that it goes on with."""
        first = batch[0]
        fits = (
            self._replay_id == replay_id
            and bool(self._records)
            and first.mark is not None
            and not first.mark.first
            and first.stream == self._records[-1].stream
        )
        return self._records if fits else ()

    def follow(self, replay_id: UUID, batch: Sequence[DecodedRecord]) -> None:
        """Keep what the next batch needs; called once this one is done with."""
        earlier = self.before(replay_id, batch)
        segment = [*earlier, *batch]
        begins = [place for place, item in enumerate(segment) if item.mark is not None and item.mark.first]
        segment = segment[begins[-1] :] if begins else []
        ended = segment and segment[-1].mark is not None and segment[-1].mark.last
        self._replay_id = replay_id
        self._records = [] if ended or len(segment) > CHUNK else segment


async def dry_run(
    connection: Connection,
    segments: Segments,
    changes: ChangeCounter,
    batch: Sequence[DecodedRecord],
    before: Sequence[DecodedRecord],
) -> None:
    """Run the batch through the handlers and keep only its counts; `before` it what its first segment began with."""
    try:
        with metrics.unrecorded():
            async with connection.transaction():
                await segments.work.positions.look(item.stream for item in batch)
                await segments.go_through(before)
                await changes.start()
                await segments.take(batch)
                segments.progress.add(await changes.found())
                raise _RolledBack
    except _RolledBack:
        return
