"""Keeping the event log in shape and saying how far behind the relay is."""

import time

from koppel.platform.database import Database
from koppel.platform.http import purge_idempotency_keys
from koppel.platform.telemetry import metrics

_DAYS_AHEAD = 14
_KEEP_DAYS = 30
"""Longer than Kafka keeps the topics, so the log can always refill them."""

_PENDING = """
select count(*) as pending, extract(epoch from now() - min(log.occurred_at)) as oldest
from (select seq, logged_on from outbox_pending order by seq limit 1000) pending
join event_log log on log.seq = pending.seq and log.logged_on = pending.logged_on
"""


class BackboneWatch:
    """Two small jobs beside the relay."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending = 0
        self._oldest_since: float | None = None
        metrics.gauge("koppel_relay_pending_events", lambda: self._pending)
        metrics.gauge("koppel_relay_oldest_pending_seconds", self._age)

    async def maintain(self) -> None:
        """Partitions for the days to come; those past their time go, and so do old idempotency keys."""
        async with self._database.system() as connection:
            await connection.execute("select ensure_event_log_partitions($1)", _DAYS_AHEAD)
            await connection.execute("select drop_event_log_partitions(current_date - $1::int)", _KEEP_DAYS)
            await connection.execute(
                "delete from consumed_event where consumed_at < now() - make_interval(days => $1)", _KEEP_DAYS
            )
            await purge_idempotency_keys(connection)

    async def measure(self) -> None:
        """Read the age of the oldest pending event; between two readings it grows by itself."""
        async with self._database.system() as connection:
            row = await connection.fetchrow(_PENDING)
        assert row is not None  # noqa: S101  (an aggregate always answers)
        self._pending = row["pending"]
        self._oldest_since = None if row["oldest"] is None else time.monotonic() - float(row["oldest"])

    def _age(self) -> float:
        return 0.0 if self._oldest_since is None else time.monotonic() - self._oldest_since
