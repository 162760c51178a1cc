"""`python -m tests.bench.peers.writer WORK`: appends events in transactions and notes when each was committed."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
from tests.bench.backbone.events import STREAMS, Event, Organisation, in_transactions
from tests.bench.backbone.ground import SCHEMA
from tests.bench.peers import outbox
from tests.bench.peers.work import Work, heard, said

from koppel.kernel.ids import new_id
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import EventLog

Append = Callable[[Connection, Sequence[Event], int], Awaitable[object]]
"""Appends events of which the first has that number, in the caller's transaction."""


async def main(work: Work) -> None:
    """The same for both sides but for the statement that appends."""
    organisation = Organisation()
    events = [organisation.event(number, by=work.name(number)) for number in range(work.count)]
    connection, append = await _ours(work) if work.side == "ours" else await _peer(work)
    said("ready")
    await heard("go")
    began, committed = await _write(work, connection, append, events)
    said("done")
    await heard("tell")
    said({"began": began, "committed": committed})
    await connection.close()


async def _write(
    work: Work, connection: "asyncpg.Connection[asyncpg.Record]", append: Append, events: Sequence[Event]
) -> tuple[float, list[float]]:
    """When it began, and when each event's transaction was committed; behind its beat it catches up."""
    began, committed = time.monotonic(), []
    for number, batch in enumerate(in_transactions(events, work.size)):
        if work.rate and (ahead := began + number / work.rate - time.monotonic()) > 0:
            await asyncio.sleep(ahead)
        async with connection.transaction():
            await append(connection, batch, number * work.size)
        committed += [time.monotonic()] * len(batch)
    return began, committed


async def _ours(work: Work) -> tuple["asyncpg.Connection[asyncpg.Record]", Append]:
    connection = await Database(work.dsn, SCHEMA).session()

    async def append(connection: Connection, events: Sequence[Event], first: int) -> None:
        await EventLog(connection).append(*events)

    return connection, append


async def _peer(work: Work) -> tuple["asyncpg.Connection[asyncpg.Record]", Append]:
    connection, correlation = await asyncpg.connect(work.dsn), new_id()

    async def append(connection: Connection, events: Sequence[Event], first: int) -> None:
        versions = [number // STREAMS + 1 for number in range(first, first + len(events))]
        await outbox.append(connection, work.topic, events, versions, correlation)

    return connection, append


if __name__ == "__main__":
    asyncio.run(main(Work.from_argument(sys.argv[1])))
