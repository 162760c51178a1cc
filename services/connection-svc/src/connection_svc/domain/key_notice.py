"""What a provider told of a key: kept until the key was tried, since it is told once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from koppel.kernel.retry import RetryPolicy

MOST_OF_A_REFERENCE = 10
"""Notices under one reference that are kept at a time: a person makes few keys, somebody who guesses makes many."""
KEPT_FOR = timedelta(days=1)
"""How long an ended one is remembered; told again meanwhile it does nothing."""
ATTEMPTS = RetryPolicy(
    first=timedelta(seconds=5), longest=timedelta(minutes=10), factor=2.0, jitter=0.2, attempts=12
)
"""About an hour, for a provider that is away when its own notice is to be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """`key` is sealed. `told_hash` tells two notices of one reference apart."""

    id: UUID
    organisation_id: UUID
    provider: str
    reference_sha256: bytes = field(repr=False)
    action: str
    told_hash: bytes = field(repr=False)
    key: bytes = field(repr=False)
    received_at: datetime
    attempts: int = 0


class KeyNotices(Protocol):
    async def insert(self, notice: StoredNotice) -> bool:
        """False when it is known, or too many of its reference are kept."""
        ...

    async def claim(
        self, now: datetime, next_at: datetime, limit: int, only: UUID | None = None
    ) -> Sequence[StoredNotice]:
        """Take what is due (or only this one, when it is due) and put it off until `next_at` for others."""
        ...

    async def is_latest(self, notice: StoredNotice) -> bool:
        """No later one of its reference has been followed."""
        ...

    async def postpone(self, notice_id: UUID, until: datetime, code: str) -> None: ...

    async def end(self, notice_id: UUID, outcome: str, now: datetime) -> None:
        """Its key goes."""
        ...

    async def purge(self, ended_before: datetime) -> None: ...


class KeyReferences(Protocol):
    """Which grant lives by the key of an activation link."""

    async def keep(self, reference_sha256: bytes, grant_id: UUID, now: datetime) -> None: ...

    async def forget(self, reference_sha256: bytes) -> None: ...

    async def grant_of(self, reference_sha256: bytes) -> UUID | None: ...

    async def organisation_of(self, reference_sha256: bytes) -> UUID | None: ...
