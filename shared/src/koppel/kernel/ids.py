"""Identifiers: UUIDv7, so that primary keys arrive in index order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7 (time-ordered, 74 random bits)."""
    return uuid7()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


def first_id(moment: datetime) -> UUID:
    """The lowest that a UUIDv7 of this moment or later can be; of all of them before 1970."""
    return UUID(int=max(0, (moment - _EPOCH) // timedelta(milliseconds=1)) << 80)


def moment_of(identifier: UUID | None) -> datetime | None:
    """When a UUIDv7 was made, in UTC, by its maker's clock; None for any other, and for one of no calendar's year."""
    if identifier is None or identifier.version != 7:
        return None
    since = timedelta(milliseconds=identifier.int >> 80)
    return _EPOCH + since if since < _LAST - _EPOCH else None
