"""The dry run that a plan is made of: the steps of a run, inside a savepoint that is rolled back.

Positions are read and not locked. The counts, and where each stream stood, are all that it leaves.
"""

from collections.abc import Sequence

from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.database import Connection
from koppel.platform.replay.target.segment import Segments
from koppel.platform.telemetry import metrics


class _RolledBack(Exception):
    """Ends a savepoint."""


async def dry_run(connection: Connection, segments: Segments, batch: Sequence[DecodedRecord]) -> None:
    """Run the batch through the handlers and keep only its counts."""
    try:
        with metrics.unrecorded():
            async with connection.transaction():
                await segments.work.positions.look(item.stream for item in batch)
                await segments.take(batch)
                raise _RolledBack
    except _RolledBack:
        return
