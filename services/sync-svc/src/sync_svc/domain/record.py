"""The synchronised objects of one administration, as they are stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from koppel.providers.listed_records import ProviderRecord
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.run import Run


@dataclass(frozen=True, slots=True)
class Applied:
    """What one page did to the records; `different` are those that were written."""

    changed: int
    unchanged: int
    deleted: int
    different: Sequence[ProviderRecord] = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """What a complete listing no longer shows, of what is `live`; `before` leaves out what its reading brought."""

    vanished: Sequence[str]
    live: int
    before: int


class Records(Protocol):
    """The synchronised objects of one administration, written with their events."""

    async def store(self, run: Run, progress: ListingProgress, records: Sequence[ProviderRecord]) -> Applied:
        """Write those that are new or differ, with their events; the others are not touched."""
        ...

    async def exist(self, run: Run, progress: ListingProgress) -> bool:
        """Whether the listing has live records already."""
        ...

    async def keep_ids(self, run: Run, progress: ListingProgress, page: int, ids: Sequence[str]) -> None: ...

    async def distinct_ids(self, run: Run, progress: ListingProgress) -> int:
        """How many different objects a whole (unfiltered) reading saw."""
        ...

    async def gone(self, run: Run, progress: ListingProgress) -> Gone: ...

    async def mark_missing(
        self, run: Run, progress: ListingProgress, ids: Sequence[str], misses_that_delete: int
    ) -> int:
        """Count a miss for these; those with so many are deleted, with their events. Returns how many were deleted."""
        ...

    async def forget_ids(self, run: Run, progress: ListingProgress | None = None) -> None:
        """Of one reading, or of all of the run."""
        ...
