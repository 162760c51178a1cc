"""Keeping the event log in shape and saying how far behind the relay is."""

import logging
import time
from datetime import timedelta

from koppel.platform.database import Database
from koppel.platform.http import purge_idempotency_keys
from koppel.platform.telemetry import metrics

log = logging.getLogger(__name__)

_DAYS_AHEAD = 14
KEEP_LOG = timedelta(days=30)
"""The default; longer than Kafka keeps the topics, so the log can always refill them."""
KEEP_IDS_DAYS = KEEP_LOG.days + 1
"""Of events without a version, and as many more as the log is kept longer than by default: longer than anything can
bring an event again, be it a topic that others publish on, a replay topic or the log."""
_PATIENCE = "set local lock_timeout = '200ms'"
"""To make or drop a day is to wait for every transaction that touched the log, with every writer queued behind."""

# By blocks of the table: needs no index, passes each dead row once, and is over before anybody notices.
_BLOCKS = 100
_SIZE = "select pg_relation_size('consumed_event') / current_setting('block_size')::int"
_FORGET_IDS = """
delete from consumed_event
where ctid >= $1::tid and ctid < $2::tid and consumed_at < now() - make_interval(days => $3)
"""

_PENDING = """
select count(*) as pending, extract(epoch from now() - min(log.occurred_at)) as oldest
from (select seq, logged_on from outbox_pending order by seq limit 1000) pending
join event_log log on log.seq = pending.seq and log.logged_on = pending.logged_on
"""


class Maintenance:
    """Two small jobs beside the relay."""

    def __init__(self, database: Database, keep: timedelta = KEEP_LOG) -> None:
        self._database = database
        self._keep_days = keep.days
        self._pending = 0
        self._oldest_since: float | None = None
        metrics.gauge("koppel_relay_pending_events", lambda: self._pending)
        metrics.gauge("koppel_relay_oldest_pending_seconds", self._age)

    async def maintain(self) -> None:
        """Partitions for the days to come; old ids and idempotency keys go, and days past their time.

        Each in a transaction of its own, so that no lock outlives its step. Raises `LockNotAvailableError` when the
        log is in use for longer than a writer may be kept waiting; the job comes again soon.
        """
        await self._on_the_log("select ensure_event_log_partitions($1)", _DAYS_AHEAD)
        await self.forget_ids()
        async with self._database.system() as connection:
            await purge_idempotency_keys(connection)
        dropped = await self._on_the_log(
            "select drop_event_log_partitions(current_date - $1::int)", self._keep_days
        )
        if dropped:
            log.info("dropped %s days of the event log that are older than %s days", dropped, self._keep_days)

    async def forget_ids(self) -> None:
        """Ids of events without a version, past their time."""
        days = KEEP_IDS_DAYS + max(0, self._keep_days - KEEP_LOG.days)
        async with self._database.system() as connection:
            blocks = await connection.fetchval(_SIZE)
        for first in range(0, blocks, _BLOCKS):
            async with self._database.system() as connection:
                await connection.execute(_FORGET_IDS, (first, 0), (first + _BLOCKS, 0), days)

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
