"""One stream as the log holds it, for operators."""

import asyncpg

from koppel.platform.database import Connection

_HEAD = "select version from stream_head where topic = $1 and key = $2"
_EVENTS = """
select version, event_id, type, occurred_at,
       exists (select 1 from outbox_pending pending where pending.seq = log.seq) as pending
from event_log log where topic = $1 and key = $2 order by version desc limit $3
"""


async def last_version(connection: Connection, topic: str, key: str) -> int | None:
    """The last version that was given; None for a stream without events, or versioned by its aggregate (records)."""
    version: int | None = await connection.fetchval(_HEAD, topic, key)
    return version


async def newest_events(connection: Connection, topic: str, key: str, limit: int) -> list[asyncpg.Record]:
    """The stream's newest events, newest first; `pending` where Kafka has not acknowledged them."""
    return await connection.fetch(_EVENTS, topic, key, limit)
