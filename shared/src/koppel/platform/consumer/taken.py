"""A parked event in hand: its stream's head is locked, so nobody else moves the stream until the transaction ends.

The job that tries again and the operators' calls both go through here.
"""

import asyncpg

from koppel.platform.consumer.arrivals import Arrival
from koppel.platform.consumer.heads import Stream
from koppel.platform.consumer.inbox import Work, attempt
from koppel.platform.consumer.parking import raw_from
from koppel.platform.database import Connection

_TAKE = "select * from parked_event where id = $1 for update"
_REMOVE = "delete from parked_event where id = $1"
_STILL_PARKED = """
select 1 from parked_event where consumer = $1 and topic = $2 and key = $3 and cause_class <> 'gap'
"""
_BEING_REBUILT = """
select exists (select 1 from lane_stream where consumer = $1 and topic = $2 and key = $3
               and state = 'open' and resume_head is not null)
"""


async def take(
    connection: Connection, work: Work, parked_id: object, stream: Stream
) -> asyncpg.Record | None:
    """The row, or None when whoever had the stream before has dealt with it.

    The head comes first: consumers lock heads and then write parked rows, so the other order could deadlock.
    """
    await work.heads.lock([stream])
    row = await connection.fetchrow(_TAKE, parked_id)
    if row is not None:
        work.heads.set_aside(stream, work.heads.parked)
    return row


async def being_rebuilt(connection: Connection, row: asyncpg.Record) -> bool:
    """Whether a replay is in the middle of applying the stream again: its head stands low, and nobody else moves it."""
    found: bool = await connection.fetchval(_BEING_REBUILT, row["consumer"], row["topic"], row["key"])
    return found


async def run_again(item: Arrival, work: Work, connection: Connection) -> None:
    """Run a parked event's handler under a savepoint; a superseded one needs none. Raises why it still fails."""
    if item.version is not None and item.version <= work.heads.version(item.stream):
        return
    if item.fault is not None:
        raise item.fault
    if item.subscription is not None:
        await attempt(item.subscription, work.event(item), connection)


async def settle(connection: Connection, work: Work, row: asyncpg.Record, version: int | None) -> None:
    """The event is done with: its row goes, its version counts, and its followers are applied in their order.

    Followers wait on while another event of the stream is parked; beyond `FOLLOWERS` they are the retry job's.
    The caller stores the heads.
    """
    stream = (row["topic"], row["key"])
    if version is not None and version > work.heads.version(stream):
        work.heads.raise_to(stream, version)
    if version is None:
        await work.remember(raw_from(row))
    await connection.execute(_REMOVE, row["id"])
    if await connection.fetchval(_STILL_PARKED, row["consumer"], *stream) is None:
        work.heads.parked.discard(stream)
        await work.parking.put_back(*stream)
        await work.drain(stream)


async def accept_loss(work: Work, row: asyncpg.Record) -> None:
    """The versions that an event parked for a gap waits for will not come: it and its followers are applied."""
    stream = (row["topic"], row["key"])
    work.heads.parked.discard(stream)
    work.heads.raise_to(stream, max(work.heads.version(stream), row["version"] - 1))
    await work.parking.put_back(*stream)
    await work.drain(stream)
