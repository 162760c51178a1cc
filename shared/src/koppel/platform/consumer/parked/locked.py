"""A parked event whose stream's position is locked: no other transaction can move the stream until this one ends.

The job that tries again and the operators' calls both go through here.
"""

import asyncpg

from koppel.kernel.errors import Permanent
from koppel.platform.consumer.attempt import attempt
from koppel.platform.consumer.decision import carries_state
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.parked.cause import VersionConflict
from koppel.platform.consumer.parked.store import record_from_row
from koppel.platform.consumer.processor import Work
from koppel.platform.database import Connection
from koppel.platform.outbox.newest import Stream

_TAKE = "select * from parked_event where id = $1 for update"
_REMOVE = "delete from parked_event where id = $1"
_STILL_PARKED = """
select 1 from parked_event
where consumer = $1 and topic = $2 and key = $3 and cause_class <> 'gap' and not apart
"""
_BEING_REBUILT = """
select exists (select 1 from lane_stream where consumer = $1 and topic = $2 and key = $3
               and state = 'open' and resume_head is not null)
"""


async def lock_parked(
    connection: Connection, work: Work, parked_id: object, stream: Stream
) -> asyncpg.Record | None:
    """The row, or None when another transaction has dealt with it already.

    The position comes first: consumers lock positions and then write parked rows, so the other order could deadlock.
    """
    await work.positions.lock([stream])
    row = await connection.fetchrow(_TAKE, parked_id)
    if row is not None:
        work.positions.set_aside(stream, work.positions.apart if row["apart"] else work.positions.parked)
    return row


async def being_rebuilt(connection: Connection, row: asyncpg.Record) -> bool:
    """Whether a rebuild is applying the stream again: its position was set back, and only the rebuild may move it."""
    found: bool = await connection.fetchval(_BEING_REBUILT, row["consumer"], row["topic"], row["key"])
    return found


async def run_again(item: DecodedRecord, work: Work, connection: Connection, *, apart: bool) -> None:
    """Run a parked event's handler under a savepoint; a superseded one needs none. Raises why it still fails.

    One that was set apart for another of its version takes that one's place, unless the stream has gone on since.
    """
    if superseded(item, work, apart=apart):
        return
    if item.fault is not None:
        raise item.fault
    if apart and work.must_wait(item):
        raise Permanent("version_ahead", "Versions before it were not applied here; they have to come first.")
    if item.subscription is not None:
        await attempt(item.subscription, work.event(item), connection)


def superseded(item: DecodedRecord, work: Work, *, apart: bool) -> bool:
    """Whether its version is dealt with. Raises `VersionConflict` where that was done by another event, and its own
    effect would come out of turn."""
    position = work.positions.version(item.stream)
    if item.version is None or item.version > position:
        return False
    if item.version == position:
        other = not item.may_be(work.positions.event(item.stream))
        if other and not apart:
            raise VersionConflict
        return not other
    if apart:
        raise VersionConflict(
            f"Its version was applied here as another event, and those up to {position} after it."
        )
    return True


async def resolve(connection: Connection, work: Work, row: asyncpg.Record, item: DecodedRecord) -> None:
    """The event is done with: its row goes, its version counts, and its followers are applied in their order.

    Followers wait on while another event of the stream is parked; beyond `FOLLOWERS` they are the retry job's.
    The caller stores the positions.
    """
    if item.version is None:
        await work.remember(record_from_row(row))
    elif item.version > (position := work.positions.version(item.stream)) or (
        item.version == position and not item.may_be(work.positions.event(item.stream))
    ):
        work.positions.raise_to(item.stream, item.version, item)
    await connection.execute(_REMOVE, row["id"])
    await _go_on(connection, work, row)


async def give_up(
    connection: Connection, work: Work, row: asyncpg.Record, item: DecodedRecord
) -> DecodedRecord | None:
    """The event will never be applied: its row goes, and its followers are applied in their order.

    Its version counts, unless another event with that version waits: then that one is applied in its place, and
    returned. Nothing counts where it was set apart or waits for versions before it, nor for bytes on a topic of states
    that no event can be read from.
    """
    raw, positions = record_from_row(row), work.positions
    await work.remember(raw)
    await connection.execute(_REMOVE, row["id"])
    if row["apart"]:
        return None
    other = await _rival(work, item)
    waits = row["cause_class"] == "gap"
    counts = not waits and (item.fault is None or not carries_state(raw.topic))
    if (
        other is None
        and counts
        and item.version is not None
        and item.version > positions.version(item.stream)
    ):
        positions.raise_to(item.stream, item.version, item)
    await _go_on(connection, work, row)
    return None if waits else other


async def _rival(work: Work, item: DecodedRecord) -> DecodedRecord | None:
    """The first held event that claims the same version; copies of the event itself are dropped."""
    if item.version is None:
        return None
    rivals: list[DecodedRecord] = []
    copies: list[DecodedRecord] = []
    for raw in await work.parked_store.held_at(*item.stream, item.version):
        held = work.read(raw)
        (copies if held.may_be(item.digest) else rivals).append(held)
    await work.parked_store.drop_held(item.raw.topic, [copy.raw for copy in copies])
    return next(iter(rivals), None)


async def _go_on(connection: Connection, work: Work, row: asyncpg.Record) -> None:
    stream = (row["topic"], row["key"])
    if await connection.fetchval(_STILL_PARKED, row["consumer"], *stream) is None:
        work.positions.parked.discard(stream)
        await work.parked_store.put_back(*stream)
        await work.drain(stream)


async def accept_loss(work: Work, row: asyncpg.Record) -> None:
    """The versions that an event parked for a gap waits for will not come: it and its followers are applied."""
    stream = (row["topic"], row["key"])
    work.positions.parked.discard(stream)
    work.positions.raise_to(stream, max(work.positions.version(stream), row["version"] - 1), None)
    await work.parked_store.put_back(*stream)
    await work.drain(stream)
