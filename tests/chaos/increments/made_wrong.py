"""Seeded bugs of increments: each loses a change when a worker dies at the wrong moment."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from sync_svc.adapters.postgres.listed_items import PostgresItemsToReread
from sync_svc.application import read_versions


@contextmanager
def _versions_are_kept_before_their_items_came() -> Iterator[None]:
    compare = read_versions._compare

    async def eager(performance: Any, listing: Any, listed: Any) -> Any:
        changed = await compare(performance, listing, listed)
        async with performance.leased.begin() as tx:
            await tx.listed_versions.put(performance.work.run, performance.of(listing), listed)
        return changed

    with patch.object(read_versions, "_compare", eager):
        yield


@contextmanager
def _what_was_touched_is_forgotten_before_it_is_read() -> Iterator[None]:
    some = PostgresItemsToReread.some

    async def once(self: Any, run: Any, listing: str, limit: int) -> list[str]:
        ids = await some(self, run, listing, limit)
        await self.done(run, listing, ids)
        return ids

    with patch.object(PostgresItemsToReread, "some", once):
        yield


class Bug(NamedTuple):
    """At this provider, and with what this seed draws, it does harm."""

    provider: str
    seed: int
    applied: Callable[[], AbstractContextManager[None]]


BUGS: Mapping[str, Bug] = {
    "versions are kept before their items came": Bug(
        "moneybird", 3, _versions_are_kept_before_their_items_came
    ),
    "what was touched is forgotten before it is read": Bug(
        "exact_online", 3, _what_was_touched_is_forgotten_before_it_is_read
    ),
}
