"""What is on its way: taken up from the table, handed over to the producer, acknowledged by the broker, marked.

What the broker has and nobody marked is sent a second time by the next relay. So whoever ends waits a while for the answers
to what it handed over, and marks them while the shards are still its own. Marking is a task by itself, which the end of the
others does not cancel: a mark that is cut off may have been made or not.
"""

import asyncio
import time
from collections.abc import Iterable, KeysView

from koppel.platform.outbox.batches import Batch
from koppel.platform.outbox.pending import PendingEvents

SETTLE_WITHIN = 1.5
"""Seconds. A broker answers within milliseconds, or it is away; then its events are sent again, and consumers pass over them."""


class InFlight:
    """Of one producer, by number: what was taken up and is neither marked nor put back."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._handed_over: set[Batch] = set()
        self._acknowledged: list[Batch] = []
        self._just_marked: set[int] = set()
        self._to_do = asyncio.Event()
        self._settling = False

    def __len__(self) -> int:
        return len(self._since)

    def __contains__(self, seq: object) -> bool:
        """On its way, or marked since `begin_read`: such a row is in the read's snapshot, and nowhere else any more."""
        return seq in self._since or seq in self._just_marked

    @property
    def seqs(self) -> KeysView[int]:
        return self._since.keys()

    def begin_read(self) -> None:
        """From here on it is kept what is marked, for what is read meanwhile."""
        self._just_marked.clear()

    def silent_for(self) -> float:
        """Seconds since the oldest was taken up; 0 where there is none."""
        now = time.monotonic()
        return now - next(iter(self._since.values()), now)

    def take_up(self, batches: Iterable[Batch]) -> None:
        """They are about to be handed over."""
        now = time.monotonic()
        for batch in batches:
            self._since.update(dict.fromkeys(batch.seqs, now))

    def handed_over(self, batch: Batch) -> None:
        """The producer has it: an answer will come."""
        self._handed_over.add(batch)

    def awaits(self, batch: Batch) -> bool:
        """Whether it was handed over to this producer, and is neither marked nor put back."""
        return batch in self._handed_over

    def acknowledge(self, batch: Batch) -> None:
        """The broker has it; it is marked next."""
        self._acknowledged.append(batch)
        self._to_do.set()

    def put_back(self, batch: Batch) -> None:
        """It was not handed over, or the broker refused it."""
        for seq in batch.seqs:
            self._since.pop(seq, None)
        self._handed_over.discard(batch)
        self._to_do.set()

    async def mark_until_settled(self, outbox: PendingEvents) -> None:
        """Mark what is acknowledged. Ends after `settle` was called, when all that was handed over is answered and marked."""
        while self._handed_over or not self._settling:
            await self._to_do.wait()
            self._to_do.clear()
            if not self._acknowledged:
                continue
            batches, self._acknowledged = self._acknowledged, []
            seqs = [seq for batch in batches for seq in batch.seqs]
            await outbox.mark(seqs)
            self._just_marked.update(seqs)
            for seq in seqs:
                self._since.pop(seq, None)
            self._handed_over.difference_update(batches)

    async def settle(self, marking: "asyncio.Task[None]") -> None:
        """Give `marking`, which is `mark_until_settled`, the time to end by itself; nothing more may be handed over."""
        self._settling = True
        self._to_do.set()
        try:
            await asyncio.wait({marking}, timeout=SETTLE_WITHIN)
        finally:
            marking.cancel()
            await asyncio.gather(marking, return_exceptions=True)
