"""Appending: through the event log, and as bare rows of the same columns."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import asyncpg
from tests.bench.backbone.events import Event, in_transactions

from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.outbox import EventLog

WRITERS = 4
MAKE_BARE = """
create table bench_bare (
    seq bigint generated always as identity primary key, event_id uuid not null, topic text not null, key text not null,
    version bigint not null, type text not null, organisation_id uuid not null, occurred_at timestamptz not null,
    correlation_id uuid, causation_id uuid, traceparent text, payload text not null)
"""
_COLUMNS = (
    "event_id",
    "topic",
    "key",
    "version",
    "type",
    "organisation_id",
    "occurred_at",
    "correlation_id",
    "payload",
)
_INSERT = f"insert into bench_bare ({', '.join(_COLUMNS)}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"


async def append(database: Database, events: Sequence[Event], size: int) -> float:
    """Seconds for all, `size` a transaction; single ones by four writers side by side."""
    queue = list(in_transactions(events, size))[::-1]

    async def write() -> None:
        while queue:
            batch = queue.pop()
            async with database.system() as connection:
                await EventLog(connection).append(*batch)

    return await _concurrently(write, WRITERS if size == 1 else 1)


async def append_at_once(database: Database, events: Sequence[Event]) -> None:
    """One transaction, so that a backlog appears in one moment."""
    async with database.system() as connection:
        for batch in in_transactions(events, 1_000):
            await EventLog(connection).append(*batch)


async def insert(dsn: str, schema: str, events: Sequence[Event], size: int) -> float:
    """The same rows without stream heads, pointers and order: COPY for many, INSERT for one."""
    settings = {"search_path": f'"{schema}"'}
    async with asyncpg.create_pool(dsn, min_size=WRITERS, max_size=WRITERS, server_settings=settings) as pool:
        queue = list(in_transactions(events, size))[::-1]

        async def write() -> None:
            while queue:
                rows = [_row(event) for event in queue.pop()]
                async with pool.acquire() as connection, connection.transaction():
                    if size == 1:
                        await connection.execute(_INSERT, *rows[0])
                    else:
                        await connection.copy_records_to_table("bench_bare", records=rows, columns=_COLUMNS)

        return await _concurrently(write, WRITERS if size == 1 else 1)


def _row(event: Event) -> tuple[object, ...]:
    return (
        new_id(),
        event.topic.name,
        event.key,
        1,
        event.type_name(),
        event.organisation_id,
        datetime.now(UTC),
        event.organisation_id,
        event.model_dump_json(),
    )


async def _concurrently(write: Callable[[], Awaitable[None]], writers: int) -> float:
    began = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(writers)))
    return time.perf_counter() - began
