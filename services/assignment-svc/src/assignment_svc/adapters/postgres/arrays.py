"""An array in each row of an unnest: PostgreSQL flattens arrays of arrays, so they travel as text."""

from collections.abc import Iterable
from uuid import UUID


def uuid_array(ids: Iterable[UUID]) -> str:
    """The literal of a uuid[]."""
    return "{" + ",".join(map(str, ids)) + "}"
