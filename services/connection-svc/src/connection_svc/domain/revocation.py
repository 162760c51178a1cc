"""A token that must be withdrawn at its provider."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from connection_svc.domain.provider import At


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """`subject_id`, `token_field` and `token_version` are the vault's place of the encrypted token."""

    id: UUID
    organisation_id: UUID
    subject_id: UUID
    provider: str
    token_field: str
    token_version: int
    token: bytes = field(repr=False)
    attempts: int = 0
    region: str | None = None

    @property
    def at(self) -> At:
        return At(self.provider, self.region)


class Revocations(Protocol):
    async def insert(self, revocation: Revocation, due_at: datetime, now: datetime) -> None: ...

    async def take_back(self, revocation_id: UUID) -> bool:
        """The token is kept after all; False when its withdrawal was tried already."""
        ...

    async def reschedule_now(self, revocation_id: UUID, due_at: datetime) -> None: ...

    async def claim(
        self, now: datetime, next_at: datetime, limit: int, only: Sequence[UUID] | None = None
    ) -> Sequence[Revocation]:
        """Take what is due (or, of `only`, whatever is open) and put it off until `next_at` for others."""
        ...

    async def postpone(self, revocation_id: UUID, until: datetime, code: str) -> None: ...

    async def end(self, revocation_id: UUID, outcome: str, code: str | None, now: datetime) -> None:
        """`revoked`, `given_up`, or `in_use` when the grant lives by that very token; the token goes."""
        ...
