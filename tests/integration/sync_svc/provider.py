"""An provider in memory: eAccounting's listings, in pages, with a clock, faults and a ledger of calls."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pydantic import JsonValue

from koppel.contracts.values import ResourceName
from koppel.ports.access_token import AccessToken
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.listed_records import Page, read_items
from koppel.providers.listing import Listing
from koppel.providers.port import NotOffered
from koppel.providers.reading import Feed, Instant, PageRequest, RemovalPage, Watermark, WatermarkKind
from sync_svc.domain.administration import Administration

Item = dict[str, JsonValue]
Fault = Callable[[str, int], None]
"""Called before a page is served, with listing and number; raises what the call shall raise."""


class Provider:
    """Implements `ProviderGateway`; `items[listing]` is what the provider holds."""

    def __init__(self, *, page_size: int = 10) -> None:
        self.page_size = page_size
        self.time = datetime(2026, 11, 24, 12, tzinfo=UTC)
        self.items: dict[str, list[Item]] = {}
        self.announced: dict[str, int] = {}
        """Totals that the provider claims instead of the true ones."""
        self.calls: list[tuple[str, int, datetime | None]] = []
        self.fault: Fault = lambda listing, number: None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """Happens once, while a page is under way."""
        self.following: Callable[[int], str] = lambda number: str(number + 1)
        """What the page of this number answers as its next."""

    def listings(self, provider: str) -> Mapping[ResourceName, tuple[Listing, ...]] | None:
        return EACCOUNTING.listings if provider.startswith(EACCOUNTING.profile.id) else None

    async def read(
        self, administration: Administration, token: AccessToken, listing: Listing, ask: PageRequest
    ) -> Page:
        number = 1 if ask.continuation is None else int(ask.continuation)
        since = None if ask.since is None else datetime.fromisoformat(ask.since.value)
        self.calls.append((listing.name, number, since))
        if (happens := self.meanwhile) is not None:
            self.meanwhile = None
            await happens()
        self.fault(listing.name, number)
        found = [item for item in self.items.get(listing.name, []) if _changed(item, listing, since)]
        shown = found[(number - 1) * self.page_size : number * self.page_size]
        pages = -(-len(found) // self.page_size)
        records, broken = read_items(list(shown), listing)
        return Page(
            records=records,
            broken=broken,
            next=None if number >= pages else self.following(number),
            high=Watermark(WatermarkKind.INSTANT, self.time.isoformat()) if number == 1 else None,
            total=self.announced.get(listing.name, len(found)),
            server_time=self.time,
        )

    def has_epochs(self, provider: str) -> bool:
        return False

    async def epoch(self, administration: Administration, token: AccessToken) -> str | None:
        return None

    async def versions(
        self, administration: Administration, token: AccessToken, listing: Listing
    ) -> Mapping[str, str]:
        raise NotOffered("eaccounting")

    async def fetch(
        self, administration: Administration, token: AccessToken, listing: Listing, ids: Sequence[str]
    ) -> Page:
        raise NotOffered("eaccounting")

    async def removed(
        self, administration: Administration, token: AccessToken, feed: Feed, ask: PageRequest
    ) -> RemovalPage:
        raise NotOffered("eaccounting")

    def add_customers(self, count: int) -> list[Item]:
        added: list[Item] = [
            {"Id": str(uuid4()), "Name": f"Klant {number} «ü»", "ChangedUtc": _text(self.time)}
            for number in range(count)
        ]
        self.items.setdefault("customers", []).extend(added)
        return added

    def change(self, item: Item, **fields: JsonValue) -> None:
        item.update(fields, ChangedUtc=_text(self.time))

    def remove(self, *items: Item, listing: str = "customers") -> None:
        gone = {id(item) for item in items}
        self.items[listing] = [item for item in self.items[listing] if id(item) not in gone]

    def later(self, **amount: float) -> None:
        self.time += timedelta(**amount)

    def pages_of(self, listing: str) -> list[int]:
        return [number for name, number, _ in self.calls if name == listing]


def _changed(item: Item, listing: Listing, since: datetime | None) -> bool:
    if since is None or not isinstance(listing.cursor, Instant):
        return True
    return datetime.fromisoformat(str(item[listing.cursor.property])) > since - listing.cursor.overlap


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
