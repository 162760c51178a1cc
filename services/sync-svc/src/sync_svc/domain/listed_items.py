"""What is remembered of items between readings: the version each was fetched with, and which to read again."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.run import Run


class ListedVersions(Protocol):
    """The version with which each item of a listing was fetched last."""

    async def changed(self, run: Run, progress: ListingProgress, listed: Mapping[str, str]) -> list[str]:
        """The ids of a list that are new, have another version or are to be fetched again, in its order."""
        ...

    async def put(self, run: Run, progress: ListingProgress, versions: Mapping[str, str]) -> None: ...

    async def keep_only(self, run: Run, progress: ListingProgress, ids: Sequence[str]) -> None:
        """Forget all others."""
        ...

    async def fetch_again(self, run: Run, progress: ListingProgress) -> None:
        """Let `changed` name all of them, whatever their versions, until they were put again."""
        ...

    async def unmoved(
        self, run: Run, progress: ListingProgress, versions: Mapping[str, str]
    ) -> frozenset[str]:
        """Those of them that are fetched again and have the version of before."""
        ...


class ItemsToReread(Protocol):
    """Items of a listing without a feed that another one's feed touched."""

    async def note(self, run: Run, listing: str, ids: Sequence[str]) -> None: ...

    async def some(self, run: Run, listing: str, limit: int) -> list[str]: ...

    async def count(self, run: Run, listing: str) -> int: ...

    async def done(self, run: Run, listing: str, ids: Sequence[str] | None = None) -> None:
        """These, or all of them."""
        ...
