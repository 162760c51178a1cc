"""Parts of records, and which records wait to be put together, as they are stored."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from koppel.providers.listed_records import ProviderRecord
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.record import Gone
from sync_svc.domain.run import Run


class TouchedPart(NamedTuple):
    """A part that is new, differs or is gone: the record that it belonged to, and its body."""

    record_id: str
    raw: str


class RecordParts(Protocol):
    """Parts of one administration's records. What touches one leaves its record unfinished."""

    async def store(
        self, run: Run, progress: ListingProgress, parts: Sequence[ProviderRecord]
    ) -> list[TouchedPart]:
        """Write those that are new or differ; returns them."""
        ...

    async def mark_missing(
        self, run: Run, progress: ListingProgress, part_ids: Sequence[str], misses_that_delete: int
    ) -> list[TouchedPart]:
        """Count a miss of each; those that have so many in a row are removed and returned."""
        ...

    async def exist(self, run: Run, progress: ListingProgress) -> bool: ...

    async def gone(self, run: Run, progress: ListingProgress) -> Gone:
        """Parts that a complete listing no longer shows."""
        ...

    async def unfinished(
        self, run: Run, progress: ListingProgress, limit: int
    ) -> Mapping[str, Sequence[str]]:
        """Some of the records that wait, each with its parts' bodies in order of their ids; with none it is gone."""
        ...

    async def finish(self, run: Run, progress: ListingProgress, record_ids: Sequence[str]) -> None: ...
