"""Since when the log is whole."""

from datetime import UTC, date, datetime, timedelta

from koppel.platform.database import Connection

_DAYS = """
select to_date(right(day.relname, 8), 'YYYYMMDD') as day from pg_inherits join pg_class day on day.oid = inhrelid
where inhparent = 'event_log'::regclass
"""


async def log_begins_at(connection: Connection, today: date) -> datetime:
    """The beginning of the first day that is kept with all days after it: what was before may be missing.

    A day by itself before a gap does not count: it is kept only until Kafka has its last event.
    """
    days = {row["day"] for row in await connection.fetch(_DAYS)}
    first = today
    while first - timedelta(days=1) in days:
        first -= timedelta(days=1)
    return datetime(first.year, first.month, first.day, tzinfo=UTC)
