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


class RemovalFeeds(Protocol):
    """Positions in feeds of removals, one an administration and feed."""

    async def position(self, administration_id: UUID, feed: str) -> FeedPosition | None: ...

    async def move(self, run: Run, feed: str, position: FeedPosition) -> None: ...
