"""What the rotation journal says of one token version."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from connection_svc.domain.connection import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """New encrypted tokens of the version after `from_version`; an old refresh token that stays is among them."""

    access_token: bytes = field(repr=False)
    refresh_token: bytes | None = field(repr=False)
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A token call that is about to be made for `from_version`.

    `lost_before` says that an earlier call for the same version never got an answer; `answer` is there when an
    earlier owner got one and died before storing it; `not_before` is when the next call may be made.
    """

    organisation_id: UUID
    grant_id: UUID
    from_version: int
    lost_before: bool = False
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
    )
