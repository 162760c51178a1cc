"""Sessions of PostgreSQL that one process may have at a time."""

from collections.abc import Set as AbstractSet
from inspect import signature

from koppel.platform.database import Database

POOL: int = signature(Database).parameters["max_size"].default
RELAY = 2
"""One reads what is pending and holds the shards, one marks what was sent."""
KEYS = 2
"""connection-svc's second pool, which reads its data keys."""
CALLS = 1
"""Its locks are the calls in flight; of whoever calls accounting packages."""


def sessions(service: str, roles: AbstractSet[str]) -> int:
    """At most, of one process of that service with those roles."""
    relay = RELAY if "relay" in roles else 0
    keys = KEYS if service == "connection-svc" else 0
    calls = CALLS if service != "assignment-svc" else 0
    return POOL + relay + keys + calls
