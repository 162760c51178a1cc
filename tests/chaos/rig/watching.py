"""Looking at a run while it goes on: how old what is pending is, and when the first event got through."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from tests.chaos.rig.ledger import Ledger

_OLDEST = """
select extract(epoch from clock_timestamp() - min(log.occurred_at))::float
from (select seq, logged_on from outbox_pending order by seq limit 1) pending
join event_log log using (seq, logged_on)
"""
# Logged after the moment and applied: it went the whole way, through everything that had been away.
_THROUGH = """
select exists (select 1 from event_log log join effect on effect.event_id = log.event_id::text
               where log.occurred_at > $1)
"""
_RELAYED = """
select exists (select 1 from event_log log where occurred_at > $1
               and not exists (select 1 from outbox_pending pending where pending.seq = log.seq))
"""


@asynccontextmanager
async def oldest_pending(ledger: Ledger, every: float = 0.1) -> AsyncIterator[list[float]]:
    """The age of the oldest committed event that is not on the broker, in seconds, as often as `every`; 0 for none."""
    ages: list[float] = []
    connection = await ledger.connect()

    async def look() -> None:
        while True:
            ages.append(max(0.0, await connection.fetchval(_OLDEST) or 0.0))
            await asyncio.sleep(every)

    looking = asyncio.create_task(look())
    try:
        yield ages
    finally:
        looking.cancel()
        await asyncio.wait({looking})
        await connection.close()


async def first_event_through(ledger: Ledger, *, within: float, consumed: bool = True) -> float:
    """Seconds until an event that is logged from now on has its effect, or is on the broker; `within` when none has."""
    began, moment = time.monotonic(), datetime.now(UTC)
    while (gone := time.monotonic() - began) < within:
        connection = await ledger.connect()
        try:
            if await connection.fetchval(_THROUGH if consumed else _RELAYED, moment):
                return gone
        finally:
            await connection.close()
        await asyncio.sleep(0.1)
    return within
