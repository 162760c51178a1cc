"""When an administration is due: at a fixed phase of its interval, spread over the interval by its id.

The phase depends on nothing but id and interval, so a schedule neither drifts with the length of the runs nor
starts everything at once after a restart.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

DEFAULT_INTERVAL_MINUTES = 60
SHORTEST_INTERVAL_MINUTES = 5
LONGEST_INTERVAL_MINUTES = 7 * 24 * 60

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def next_due(administration_id: UUID, interval_minutes: int, after: datetime) -> datetime:
    """The first instant of the administration's phase that lies later than `after`."""
    interval = timedelta(minutes=interval_minutes)
    splay = int.from_bytes(blake2b(administration_id.bytes, digest_size=8).digest()) % (interval_minutes * 60)
    first = _EPOCH + timedelta(seconds=splay)
    return first + ((after - first) // interval + 1) * interval
