"""Ids of applied events that have no version: how long they are kept."""

from datetime import timedelta

from koppel.platform.database import Database
from koppel.platform.outbox.maintenance import KEEP_LOG

KEEP_IDS_DAYS = KEEP_LOG.days + 1
"""Of events without a version, and as many more as the log is kept longer than by default: longer than anything can
bring an event again, be it a topic that others publish on, a replay topic or the log."""

# By blocks of the table: needs no index, passes each dead row once, and is over before anybody notices.
_BLOCKS = 100
_SIZE = "select pg_relation_size('consumed_event') / current_setting('block_size')::int"
_FORGET_IDS = """
delete from consumed_event
where ctid >= $1::tid and ctid < $2::tid and consumed_at < now() - make_interval(days => $3)
"""


async def forget_ids(database: Database, log_kept: timedelta = KEEP_LOG) -> None:
    """Forget ids past their time, in short transactions."""
    days = KEEP_IDS_DAYS + max(0, (log_kept - KEEP_LOG).days)
    async with database.system() as connection:
        blocks = await connection.fetchval(_SIZE)
    for first in range(0, blocks, _BLOCKS):
        async with database.system() as connection:
            await connection.execute(_FORGET_IDS, (first, 0), (first + _BLOCKS, 0), days)
