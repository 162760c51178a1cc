"""How long a migration may wait and work."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run of `migrate`."""

    lock: timedelta = timedelta(seconds=2)
    """Waiting for a table: everybody who comes later waits behind us."""
    statement: timedelta = timedelta(seconds=60)
    """One statement: it may hold a lock that all others wait for."""
    index: timedelta = timedelta(hours=1)
    """One `create index concurrently`. It blocks no other session and waits for transactions older than itself."""
    other: timedelta = timedelta(seconds=100)
    """Waiting for another process that migrates the same schema."""


def milliseconds(limit: timedelta) -> str:
    """As PostgreSQL's settings take it."""
    return str(round(limit.total_seconds() * 1000))
