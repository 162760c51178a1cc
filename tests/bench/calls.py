"""`python -m tests.bench.calls`: calls to each provider for a first reading and for one that finds nothing changed.

sync-svc's own code on a PostgreSQL of its own, at each provider's sandbox in this process, beside the fewest calls with
which the provider's API lets the same be known (`tests/integration/conformance/calls.py`). Nothing is timed.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.integration.conformance.calls import beside_listings, fewest_of_looking, fewest_of_reading
from tests.integration.conformance.reader import Reader
from tests.unit.conformance.stand import Stand

from koppel.contracts.values import SyncMode
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.port import Provider
from koppel.testing.databases import service_database
from koppel_local.postgres.server import PostgresServer
from sync_svc.adapters.providers import Providers

_SHARES = {
    "customers": 0.25,
    "suppliers": 0.05,
    "customerinvoices": 0.4,
    "supplierinvoices": 0.1,
    "vouchers": 0.15,
    "projects": 0.01,
}
"""Of the records asked for; what is not sized (accounts, periods) comes on top, and lines of vouchers are counted by line."""
_CONNECTIONS = 6
_HEAD = (
    "| Provider | Items | First reading | Fewest | Ratio | Nothing changed | Fewest | Ratio |\n"
    "|---|---|---|---|---|---|---|---|"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.calls", description=__doc__)
    parser.add_argument("--records", type=int, default=10_000, help="of each provider (%(default)s)")
    records: int = parser.parse_args(arguments).records
    with TemporaryDirectory(prefix="koppel-calls-") as folder:
        server = PostgresServer(Path(folder), durable=False)
        server.start()
        try:
            print(_HEAD)
            for provider in PROVIDERS.values():
                print(asyncio.run(_row(server.dsn, provider, records)))
                sys.stdout.flush()
        finally:
            server.stop()
    return 0


async def _row(dsn: str, provider: Provider, records: int) -> str:
    sizes = {name: round(share * records) for name, share in _SHARES.items()}
    stand = Stand(provider, companies=1, sizes=sizes, rate_limit_per_minute=0)
    await stand.start()
    async with service_database(dsn, "sync", "sync_svc") as service:
        database = service.open(max_size=_CONNECTIONS)
        await database.open()
        reader = Reader(database, stand, Providers)
        await reader.arrive()
        try:
            return await _measured(reader, provider)
        finally:
            await reader.close()
            await stand.http.aclose()
            await database.close()


async def _measured(reader: Reader, provider: Provider) -> str:
    items = await reader.items()
    beside = beside_listings(provider)
    first = _sum(await reader.calls(SyncMode.FULL))
    again = _sum(await reader.calls(SyncMode.INCREMENTAL))
    least = beside + sum(fewest_of_reading(provider, each, items[each.name]) for each in reader.listings)
    looking = beside + sum(
        fewest_of_looking(provider, each, items[each.name], shown=1) for each in reader.listings
    )
    return (
        f"| {provider.profile.id} | {sum(items.values()):,} | {first} | {least} | {first / least:.2f} × "
        f"| {again} | {looking} | {again / looking:.2f} × |"
    )


def _sum(calls: tuple[Mapping[str, int] | Counter[str], int]) -> int:
    listings, others = calls
    return sum(listings.values()) + others


if __name__ == "__main__":
    sys.exit(main())
