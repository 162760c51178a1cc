"""The readings of runs, and the cursors that outlive them, as they are stored."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from koppel.providers.reading import Watermark
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.run import Run


class RunListings(Protocol):
    """Listings of runs, and the cursors that outlive them."""

    async def plan(self, run: Run, listings: Sequence[ListingProgress]) -> None: ...

    async def of_run(self, run_id: UUID) -> list[ListingProgress]:
        """In order of reading."""
        ...

    async def save(self, run: Run, progress: ListingProgress) -> None: ...

    async def watermark(self, administration_id: UUID, listing: str) -> tuple[Watermark | None, int | None]:
        """The watermark of the last finished reading and its total."""
        ...

    async def overlap(self, administration_id: UUID, listing: str) -> timedelta:
        """How much earlier than its watermark an increment asks, beyond what the provider needs; 0 until misses were found."""
        ...

    async def set_overlap(self, administration_id: UUID, listing: str, overlap: timedelta) -> None: ...

    async def others_lack(self, run: Run, progress: ListingProgress) -> bool:
        """Whether another listing of the company was incomplete, or too much of it vanished, in this run, in the one before it
        that read this listing whole, or in between."""
        ...

    async def forget_watermarks(self, administration_id: UUID, listings: Sequence[str]) -> None:
        """They are worthless: these listings are read whole next."""
        ...

    async def move_cursor(
        self,
        run: Run,
        progress: ListingProgress,
        watermark: Watermark | None,
        total: int | None,
        now: datetime,
    ) -> None: ...
