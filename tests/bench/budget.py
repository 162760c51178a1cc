"""`python -m tests.bench.budget` (part of `make bench`): what the ledger of calls keeps, uses and costs.

Two pools, as two processes have them whose clocks are five minutes apart, call a provider that counts for itself, with
work waiting all the time. Then the processor time of a call's part in the ledger stands beside that of a page that is
fetched and stored, both on the same PostgreSQL; a page has a thousand records.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.bench.cpu import Spent, between, spent
from tests.integration.budget.together import CountingProvider, call_together
from tests.integration.budget.windows import drawn, used, window
from tests.integration.sync_svc.organisation import Organisation
from tests.integration.sync_svc.provider import Provider

from koppel.kernel.ids import new_id
from koppel.platform.budget import PostgresBudget
from koppel.platform.database import Database
from koppel.ports.budget import Spender
from koppel.testing.databases import service_database
from koppel_local.postgres.server import PostgresServer

LIMIT, SHARE, SECONDS, WINDOWS = 200, 180, 10, 4
LOTS, LOT = 200, 8
PAGES = 15
RECORDS = 1000

SPENDER = Spender(
    provider="exact_online", organisation_id=new_id(), grant_id=new_id(), endpoint="customers", company="7"
)


def main() -> None:
    """Measure and print a Markdown table."""
    with tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder:
        server = PostgresServer(Path(folder), say=lambda _: None)
        server.start()
        try:
            beyond, use, part = asyncio.run(_measure(server))
        finally:
            server.stop()
    print("| | Measured | Goal |")
    print("|---|---|---|")
    print(f"| calls beyond the window, by the provider's own count | {beyond} | 0 |")
    print(f"| use of the share while work waits | {use:.1%} | ≥ 95 % |")
    print(f"| the ledger's part of a page, processor time | {part:.1%} | ≤ 5 % |")


async def _measure(server: PostgresServer) -> tuple[int, float, float]:
    pids = {"postgres": [server.pid or 0]}
    async with _pools(server.dsn, "platform", "koppel.testing.platform_only", 2) as pools:
        limit = window(calls=SHARE, limit=LIMIT, seconds=SECONDS)
        budgets = [PostgresBudget(pool, lambda _: (limit,), most=LOT) for pool in pools]
        provider = await call_together(budgets, SPENDER, calls=SHARE * WINDOWS, workers=4)
        a_call = await _cost_of_a_call(pools[0], lambda: spent(pids))
    async with _pools(server.dsn, "sync", "sync_svc", 1) as [pool]:
        a_page = await _cost_of_a_page(pool, lambda: spent(pids))
    return max(provider.most_in(SECONDS) - LIMIT, 0), _use(provider), a_call / a_page


@asynccontextmanager
async def _pools(dsn: str, schema: str, package: str, count: int) -> AsyncIterator[list[Database]]:
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(service_database(dsn, schema, package))
        pools = [service.open(max_size=8) for _ in range(count)]
        for pool in pools:
            await pool.open()
            stack.push_async_callback(pool.close)
        yield pools


def _use(provider: CountingProvider) -> float:
    """Of what the share allows in whole windows from the first call on."""
    begin = provider.came[0]
    whole = int((provider.came[-1] - begin) / SECONDS)
    made = sum(at < begin + whole * SECONDS for at in provider.came)
    return made / (SHARE * whole)


async def _cost_of_a_call(pool: Database, now: Callable[[], Spent]) -> float:
    """Seconds of processor time, ours and PostgreSQL's; the statements are prepared before."""
    windows = tuple(window(calls=10**6, seconds=each, name=f"of {each} s") for each in (60, 86_400))
    budget = PostgresBudget(pool, lambda _: windows, most=LOT)
    before = now()
    for _ in range(LOTS):
        await budget.look(SPENDER)  # as whoever grants a turn does
        await budget.settle(await drawn(budget, SPENDER, LOT), used(LOT))
    return sum(between(before, now()).values()) / (LOTS * LOT)


async def _cost_of_a_page(pool: Database, now: Callable[[], Spent]) -> float:
    organisation = await Organisation(pool).arrive()
    organisation.provider = Provider(page_size=RECORDS)
    organisation.gateway = organisation.provider
    organisation.provider.add_customers(PAGES * RECORDS)
    before = now()
    began = time.monotonic()
    await organisation.sync()
    took = time.monotonic() - began
    used_up = sum(between(before, now()).values())
    print(f"{PAGES} pages in {took:.1f} s")
    return used_up / PAGES


if __name__ == "__main__":
    main()
