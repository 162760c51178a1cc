"""Streams that wait after a failed send, and their pending rows.

A failed send stops its stream. A batch that the broker refuses stops every stream in it, guilty or not: from then on each
of them goes by itself, one event at a time, until one has passed. So the next refusal hits the guilty stream alone.
"""

import time
from collections.abc import Iterable

import asyncpg

from koppel.platform.outbox.batches import Batch
from koppel.platform.outbox.newest import Stream

STOP_STREAM_FOR = 5.0
SOON = 0.1
"""Seconds: until the next look back."""
_LONGEST = 60.0
"""Each refusal spoils the sequence of its partition, which costs a producer: so a stream is tried ever more rarely."""


class Backoff:
    """`waiting` holds the numbers of rows that are not to be looked at before the time beside them."""

    def __init__(self) -> None:
        self.waiting: dict[int, float] = {}
        self._until: dict[Stream, float] = {}
        self._refusals: dict[Stream, int] = {}
        self._under_way: set[Stream] = set()

    @property
    def refused(self) -> int:
        """Streams with an event that the broker refused by itself."""
        return sum(1 for times in self._refusals.values() if times)

    def alone(self, stream: Stream) -> bool:
        """Whether the stream's events go by themselves."""
        return stream in self._refusals

    def holds(self, row: asyncpg.Record) -> bool:
        """Whether the row has to wait; one that may go and goes alone keeps back those behind it."""
        stream = (row["topic"], row["key"])
        until = self._until.get(stream)
        if until is None and stream in self._under_way:
            until = time.monotonic() + SOON  # no later than what `passed` says
        if until is not None:
            self.waiting[row["seq"]] = until
            return True
        if stream in self._refusals:
            self._under_way.add(stream)
        return False

    def stop(self, stream: Stream, seq: int) -> bool:
        """Keep the stream back from this row on; says whether it was not kept back before."""
        new = stream not in self._until
        self._stop(stream, seq, STOP_STREAM_FOR)
        return new

    def stop_all(self, batch: Batch) -> None:
        """It could not be sent."""
        for seq, stream in zip(batch.seqs, batch.streams, strict=True):
            self._stop(stream, seq, STOP_STREAM_FOR)

    def stop_for_a_moment(self, batch: Batch) -> None:
        """It was not sent, for the sake of the order: events of its streams may have been refused before it."""
        for seq, stream in zip(batch.seqs, batch.streams, strict=True):
            self._stop(stream, seq, SOON)

    def refuse(self, batch: Batch) -> None:
        """The broker will not have it; who was in company goes alone from now on."""
        if len(batch.seqs) > 1:
            self._refusals.update({stream: self._refusals.get(stream, 0) for stream in batch.streams})
            self.stop_for_a_moment(batch)
            return
        stream = batch.streams[0]
        times = self._refusals[stream] = self._refusals.get(stream, 0) + 1
        self._stop(stream, batch.seqs[0], min(STOP_STREAM_FOR * 2 ** (times - 1), _LONGEST))

    def passed(self, streams: Iterable[Stream]) -> None:
        """Kafka has an event of each: they are as good as any other, once what waits behind it was looked at."""
        if self._refusals:
            for stream in self._refusals.keys() & set(streams):
                del self._refusals[stream]
                self._under_way.discard(stream)
                self._until[stream] = time.monotonic() + SOON

    def _stop(self, stream: Stream, seq: int, seconds: float) -> None:
        self._under_way.discard(stream)
        until = time.monotonic() + seconds
        self._until[stream] = self.waiting[seq] = max(until, self._until.get(stream, until))

    def expire(self, now: float) -> None:
        self._until = {stream: until for stream, until in self._until.items() if until > now}
        self.waiting = {seq: until for seq, until in self.waiting.items() if until > now}

    def reset(self) -> None:
        """A new producer: streams that failed may be sent at once. Those with a refused event would only be refused again."""
        self.waiting.clear()
        self._under_way.clear()
        self._until = {s: until for s, until in self._until.items() if self._refusals.get(s)}
