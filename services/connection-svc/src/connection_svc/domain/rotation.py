"""What the rotation journal says of one token version."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from connection_svc.domain.connection import Grant, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """New encrypted tokens of the version after `from_version`; an old refresh token that stays is among them.

    The times are those of `Tokens`.
    """

    access_token: bytes = field(repr=False)
    refresh_token: bytes | None = field(repr=False)
    issued_at: datetime
    expires_at: datetime | None
    dated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A token call that is about to be made for `from_version`.

    `lost_before` says that an earlier call for the same version never got an answer, and `lost_at` when that was, by
    the provider's clock; `answer` is there when an earlier owner got one and died before storing it; `not_before` is
    when the next call may be made, by ours.
    """

    organisation_id: UUID
    grant_id: UUID
    from_version: int
    lost_before: bool = False
    lost_at: datetime | None = None
    not_before: datetime | None = None
    attempts: int = 1
    answer: Answer | None = None


def answered_tokens(attempt: Attempt) -> Tokens | None:
    """What the answer makes the grant's tokens."""
    answer = attempt.answer
    if answer is None:
        return None
    return Tokens(
        version=attempt.from_version + 1,
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        issued_at=answer.issued_at,
        expires_at=answer.expires_at,
        dated_at=answer.dated_at,
    )


class Rotations(Protocol):
    """The rotation journal."""

    async def confirm_owner(self, grant_id: UUID, fence: int) -> None:
        """Prove that this fence still owns the grant's refresh. Raises a `Conflict` when it does not."""
        ...

    async def intend(self, grant: Grant, now: datetime, asked_at: datetime) -> Attempt:
        """Note that a token call for the grant's current version is about to be made; `asked_at` is the provider's
        time."""
        ...

    async def withdraw(self, attempt: Attempt, not_before: datetime, code: str, *, answered: bool) -> None:
        """The call failed; `answered` says that the provider cannot have replaced the token."""
        ...

    async def answer(self, attempt: Attempt, answer: Answer, now: datetime) -> bool:
        """Keep it; True also when it is kept already, False when the version has another ending."""
        ...

    async def close(self, attempt: Attempt, state: str, now: datetime) -> bool:
        """`stored`, `refused` or `superseded`; the answer's tokens leave the journal. False when it was closed."""
        ...

    async def close_overtaken(self, intended_before: datetime) -> None:
        """End open calls without an answer whose grant has newer tokens, none, or waits for a person."""
        ...

    async def claim_left(
        self, now: datetime, intended_before: datetime, claimed_before: datetime, limit: int
    ) -> Sequence[Attempt]:
        """Take answers that were not stored, and calls whose outcome nobody knows and that may be made again."""
        ...

    async def prove(self, grant: Grant, now: datetime) -> None:
        """The grant's current tokens were issued again, so the ones before are not needed any more."""
        ...

    async def shred(self, grant_ids: Sequence[UUID]) -> Sequence[Attempt]:
        """Take tokens out of the journal of revoked grants; returns the answers as they were."""
        ...
