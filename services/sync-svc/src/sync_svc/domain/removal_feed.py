"""How far a provider's feed of removals was read, as it is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from koppel.providers.reading import Watermark
from sync_svc.domain.run import Run


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """Up to where a feed was read, and when by the provider's clock."""

    watermark: Watermark | None
    read_at: datetime


@dataclass(frozen=True, slots=True)
class FeedReading:
    """A reading in the middle: `continuation` asks for what is behind `pages` pages, up to `high`; `mark` was asked before.
    It began at `read_at`."""

    continuation: str
    pages: int
    mark: str | None
    high: Watermark | None
    read_at: datetime


class RemovalFeeds(Protocol):
    """Positions in feeds of removals, one an administration and feed, and readings that runs are in the middle of."""

    async def reading(self, run: Run, feed: str) -> FeedReading | None: ...

    async def keep(self, run: Run, feed: str, reading: FeedReading) -> None:
        """A page was applied: this is where to go on."""
        ...

    async def position(self, administration_id: UUID, feed: str) -> FeedPosition | None: ...

    async def move(self, run: Run, feed: str, position: FeedPosition) -> None:
        """It was read to its end, or is begun anew: the run's reading is over."""
        ...
