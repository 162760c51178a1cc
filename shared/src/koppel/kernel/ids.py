"""Identifiers: UUIDv7, so that primary keys arrive in index order."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7 (time-ordered, 74 random bits)."""
    return uuid7()
