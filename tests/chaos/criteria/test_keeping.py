"""Criterion 14: a million ids are forgotten while others work; what an id costs."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

import pytest
from tests.chaos.criteria.figures import Figure, Report
from tests.chaos.rig.arriving import foreign, read
from tests.chaos.rig.schedule import scaled
from tests.chaos.rig.stage import Stage, stage
from tests.chaos.scenarios.applying import Target

from koppel.platform.consumer.consumed_ids import KEEP_IDS_DAYS, forget_ids
from koppel.platform.outbox.maintenance import KEEP_LOG

_ROWS = scaled(1_000_000)
_FILL = """
insert into consumed_event (consumer, event_id, consumed_at)
select 'assignment-svc', substr(encode(sha256(number::text::bytea), 'base64'), 1, $3),
       now() - make_interval(days => $2 + 1)
from generate_series(1, $1::int) as number
"""
_BYTES = "select pg_total_relation_size('consumed_event')::float / $1"
_LONGEST_WAIT = """
select coalesce(max(extract(epoch from clock_timestamp() - waitstart)), 0)::float from pg_locks
where not granted and waitstart is not null
"""


@pytest.mark.timeout(600)
async def test_14_window_of_the_inbox(postgres_server: str, kafka_server: str, report: Report) -> None:
    async with stage(postgres_server, kafka_server) as here:
        width = await _width(here)
        async with here.database.system() as connection:
            await connection.execute(_FILL, _ROWS, KEEP_IDS_DAYS, width, timeout=300)
            size = await connection.fetchval(_BYTES, _ROWS)
        async with _longest_wait(here) as waits, _foreground(here) as taken:
            began = time.monotonic()
            await forget_ids(here.database)
            took = time.monotonic() - began
        async with here.database.system() as connection:
            left = await connection.fetchval(
                "select count(*) from consumed_event where consumer = 'assignment-svc'"
            )
    report.says(
        14,
        f"{_ROWS:,} ids forgotten while events are written and applied ({len(taken):,} times)",
        Figure(
            criterion=14,
            name="ids kept longer than all else by",
            seen=KEEP_IDS_DAYS - KEEP_LOG.days,
            bound=1,
            unit="d",
            least=True,
            safety=True,
        ),
        Figure(criterion=14, name="ids left", seen=left, bound=0, safety=True),
        Figure(criterion=14, name="purge", seen=took, bound=60, unit="s"),
        Figure(criterion=14, name="longest wait for a lock", seen=1000 * max(waits), bound=100, unit="ms"),
        Figure(criterion=14, name="row with its index", seen=size, bound=150, unit="B"),
    )


async def _width(here: Stage) -> int:
    """Characters of an id as it is stored."""
    target = Target(here)
    await target.apply(read([foreign(here.topic, "k", "measure", 0)], target.subscriptions))
    async with here.database.system() as connection:
        width: int = await connection.fetchval("select max(length(event_id)) from consumed_event")
    return width


@asynccontextmanager
async def _longest_wait(here: Stage) -> AsyncIterator[list[float]]:
    waits = [0.0]
    connection = await here.ledger.connect()

    async def look() -> None:
        while True:
            waits.append(await connection.fetchval(_LONGEST_WAIT))
            await asyncio.sleep(0.01)

    async with _beside(look()):
        yield waits
    await connection.close()


@asynccontextmanager
async def _foreground(here: Stage) -> AsyncIterator[list[float]]:
    """Somebody writes an event and applies a foreign one, over and over."""
    target, taken = Target(here), list[float]()

    async def work() -> None:
        while True:
            began, number = time.monotonic(), len(taken)
            await here.write("k", f"op-{number}")
            raw = foreign(here.topic, "k", f"foreign-{number}", number)
            await target.apply(read([raw], target.subscriptions))
            taken.append(time.monotonic() - began)

    async with _beside(work()):
        yield taken


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.wait({task})
