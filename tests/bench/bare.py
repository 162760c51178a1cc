"""The bare side: what an engineer writes in an afternoon with the same libraries. No events, no mapping, no tenants.

The next page is fetched while one is handled, as Koppel does it.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import asyncpg
import httpx
import orjson

PAGE_SIZE = 1000

# As whoever writes forty lines makes it: PostgreSQL compresses bodies of 2 kB, which takes half of its time.
DEFAULT_STORAGE = """
drop table if exists bench.contact;
create table bench.contact (id text primary key, digest bytea not null, body json not null);
"""
# As Koppel's own table is: what is compared is then the work, not a storage parameter.
SAME_STORAGE = DEFAULT_STORAGE + "alter table bench.contact alter body set storage external;"
_UPSERT = """
insert into bench.contact as held (id, digest, body)
select id, digest, body::json from unnest($1::text[], $2::bytea[], $3::text[]) as given (id, digest, body)
on conflict (id) do update set digest = excluded.digest, body = excluded.body
where held.digest is distinct from excluded.digest
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list at the provider and the token that reads it."""

    url: str
    token: str = field(repr=False)


async def fetch_and_parse(http: httpx.AsyncClient, listing: Listing) -> int:
    """Read and parse every page; returns the number of objects."""
    count = 0
    async for items in _pages(http, listing):
        count += len(items)
    return count


async def fetch_and_store(
    http: httpx.AsyncClient, listing: Listing, connection: "asyncpg.Connection[asyncpg.Record]"
) -> int:
    """Read, parse, hash, and upsert every page in one statement each; returns the number of objects."""
    count = 0
    async for items in _pages(http, listing):
        bodies = [orjson.dumps(item, None, orjson.OPT_SORT_KEYS) for item in items]
        await connection.execute(
            _UPSERT,
            [item["Id"] for item in items],
            [blake2b(body, digest_size=16).digest() for body in bodies],
            [body.decode() for body in bodies],
        )
        count += len(items)
    return count


async def _pages(http: httpx.AsyncClient, listing: Listing) -> AsyncIterator[list[dict[str, Any]]]:
    number = 1
    upcoming = asyncio.create_task(_page(http, listing, number))
    try:
        while True:
            page = await upcoming
            number += 1
            last = number > page["Meta"]["TotalNumberOfPages"]
            if not last:
                upcoming = asyncio.create_task(_page(http, listing, number))
            yield page["Data"]
            if last:
                return
    finally:
        upcoming.cancel()


async def _page(http: httpx.AsyncClient, listing: Listing, number: int) -> dict[str, Any]:
    answer = await http.get(
        listing.url,
        params={"$page": number, "$pagesize": PAGE_SIZE},
        headers={"Authorization": f"Bearer {listing.token}"},
    )
    answer.raise_for_status()
    page: dict[str, Any] = orjson.loads(answer.content)
    return page
