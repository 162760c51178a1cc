"""Maintains the event log's partitions and reports how far behind the relay is."""

import logging
import time
from datetime import timedelta

from koppel.platform.database import Database
from koppel.platform.telemetry import metrics

log = logging.getLogger(__name__)

_DAYS_AHEAD = 14
KEEP_LOG = timedelta(days=30)
"""The default; longer than Kafka keeps the topics, so the log can always refill them."""
_PATIENCE = "set local lock_timeout = '200ms'"
"""To make or drop a day is to wait for every transaction that touched the log, with every writer queued behind."""

_PENDING = """
select count(*) as pending, extract(epoch from now() - min(log.occurred_at)) as oldest
from (select seq, logged_on from outbox_pending order by seq limit 1000) pending
join event_log log on log.seq = pending.seq and log.logged_on = pending.logged_on
"""


class Maintenance:
    """Beside the relay."""

    def __init__(self, database: Database, keep: timedelta = KEEP_LOG) -> None:
        self._database = database
        self._keep_days = keep.days
        self._pending = 0
        self._oldest_since: float | None = None
        metrics.gauge("koppel_relay_pending_events", lambda: self._pending)
        metrics.gauge("koppel_relay_oldest_pending_seconds", self._age)

    async def add_days(self) -> None:
        """Partitions for the days to come. Raises `LockNotAvailableError` as `drop_days`."""
        await self._on_the_log("select ensure_event_log_partitions($1)", _DAYS_AHEAD)

    async def drop_days(self) -> None:
        """Drop partitions past their time. Raises `LockNotAvailableError` when the log is in use for longer than a
        writer may be kept waiting; the job comes again soon."""
        dropped = await self._on_the_log(
            "select drop_event_log_partitions(current_date - $1::int)", self._keep_days
        )
        if dropped:
            log.info("dropped %s days of the event log that are older than %s days", dropped, self._keep_days)

    async def _on_the_log(self, statement: str, days: int) -> int:
        async with self._database.system() as connection:
            await connection.execute(_PATIENCE)
            changed: int = await connection.fetchval(statement, days)
            return changed

    async def measure(self) -> None:
        """Read the age of the oldest pending event; between two readings it grows by itself."""
        async with self._database.system() as connection:
            row = await connection.fetchrow(_PENDING)
        assert row is not None  # noqa: S101  (an aggregate always answers)
        self._pending = row["pending"]
        self._oldest_since = None if row["oldest"] is None else time.monotonic() - float(row["oldest"])

    def _age(self) -> float:
        return 0.0 if self._oldest_since is None else time.monotonic() - self._oldest_since
