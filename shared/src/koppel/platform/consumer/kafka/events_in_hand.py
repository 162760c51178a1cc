"""How far behind a consumer is: the age of the oldest event that it has in hand.

What is told of events that were applied says nothing of a consumer that applies none.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from koppel.platform.consumer.decode import DecodedRecord


class EventsInHand:
    """Batches that were taken from Kafka and are not committed yet."""

    def __init__(self) -> None:
        self._oldest: dict[int, datetime] = {}

    @contextmanager
    def holding(self, batch: Sequence[DecodedRecord]) -> Iterator[None]:
        """While the batch is applied. A replayed event is old by intent, so it does not count."""
        live = (
            item.envelope for item in batch if item.envelope is not None and item.envelope.replay_id is None
        )
        times = [envelope.time for envelope in live if envelope.time is not None and envelope.time.tzinfo]
        if times:
            self._oldest[id(batch)] = min(times)
        try:
            yield
        finally:
            self._oldest.pop(id(batch), None)

    def seconds_behind(self) -> float:
        """Zero when nothing is in hand."""
        if not self._oldest:
            return 0.0
        return max(0.0, (datetime.now(UTC) - min(self._oldest.values())).total_seconds())
