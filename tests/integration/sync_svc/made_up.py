"""A made-up provider in memory whose listings use what eAccounting's do not: feeds, versions, parts, flags."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from koppel.contracts.values import ResourceName
from koppel.ports.access_token import AccessToken
from koppel.providers import failures, reading
from koppel.providers.failures import failure
from koppel.providers.listed_records import Page, read_items
from koppel.providers.listing import Listing, Parts, Reread
from koppel.providers.mapping import Rows, decimal, text
from koppel.providers.reading import (
    Feed,
    Flag,
    Instant,
    Listed,
    PageRequest,
    RemovalPage,
    RemovedItem,
    Versions,
    Watermark,
    WatermarkKind,
)
from sync_svc.domain.administration import Administration

Item = dict[str, JsonValue]

MEMORY = timedelta(days=56)
SALES = 20
ACCOUNTS = Listing(
    name="accounts",
    resource=ResourceName.LEDGER_ACCOUNT,
    path="/accounts",
    cursor=reading.Sequence("Stamp"),
    removal=Feed("gone", "7", MEMORY),
    volatile=frozenset({"Stamp", "ModifiedOn", "Version"}),
    fields={"name": text("Name")},
)
LINES = Listing(
    name="lines",
    resource=ResourceName.VOUCHER,
    path="/lines",
    cursor=reading.Sequence("Stamp"),
    removal=Feed("gone", "1", MEMORY),
    parts=Parts(key=("Entry",), head=("Entry", "Type", "Text"), order=("Number",)),
    volatile=frozenset({"Stamp", "ModifiedOn", "Version"}),
    fields={"text": text("Text"), "rows": Rows("Lines", {"amount": decimal("Amount")})},
)
ENTRIES = Listing(
    name="entries",
    resource=ResourceName.CUSTOMER_INVOICE,
    path="/entries",
    reread=Reread("lines", {"Type": frozenset({SALES})}),
    page_size=2,
    fields={"number": text("Number")},
)
DOCUMENTS = Listing(
    name="documents",
    resource=ResourceName.SUPPLIER_INVOICE,
    path="/documents",
    cursor=Versions(batch=3),
    removal=Listed(),
    fields={"number": text("Number")},
)
RELATIONS = Listing(
    name="relations",
    resource=ResourceName.CONTACT,
    path="/relations",
    cursor=Instant("ModifiedOn", timedelta(0)),
    removal=Flag("Inactive", True),
    fields={"name": text("Name")},
)
ALL = (ACCOUNTS, LINES, ENTRIES, DOCUMENTS, RELATIONS)


class MadeUp:
    """Implements `ProviderGateway`. Pages have two items; a listing's items are by their key."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, tzinfo=UTC)
        self.stamp = 100
        self.items: dict[str, dict[str, Item]] = {each.name: {} for each in ALL}
        self.gone: list[RemovedItem] = []
        self.calls: list[tuple[str, str, int]] = []
        """What was asked: verb, listing or feed, and how many ids or the continuation."""
        self.fault: Callable[[str, str], None] = lambda verb, name: None
        self.following: Callable[[int], str] = str
        """The continuation that asks for what is behind so many items."""
        self.company_epoch: str | None = None
        self.offered: tuple[Listing, ...] = ALL
        self.read_whatever_was_asked = False
        self.removed_whatever_was_asked = False

    def listings(self, provider: str) -> Mapping[ResourceName, tuple[Listing, ...]]:
        resources = dict.fromkeys(each.resource for each in self.offered)
        return {name: tuple(each for each in self.offered if each.resource == name) for name in resources}

    def put(self, listing: Listing, key: str, **fields: JsonValue) -> None:
        """Make or change an item."""
        self.stamp += 1
        self.now += timedelta(seconds=1)
        before = self.items[listing.name].pop(key, {})
        stamps: Item = {"Stamp": self.stamp, "ModifiedOn": self.now.isoformat(), "Version": str(self.stamp)}
        self.items[listing.name][key] = {**before, "Id": key, **fields, **stamps}

    def line(self, key: str, entry: str, amount: int, **fields: JsonValue) -> None:
        self.put(
            LINES, key, Entry=entry, Number=len(self.items["lines"]), Amount=amount, Text=entry, **fields
        )

    def drop(self, listing: Listing, *keys: str, told: bool = True) -> None:
        for key in keys:
            del self.items[listing.name][key]
            self.stamp += 1
            if told and isinstance(listing.removal, Feed):
                self.gone.append(RemovedItem(listing.removal.entity, key, self.stamp))

    def asked(self, verb: str, name: str) -> int:
        """How often."""
        return sum(1 for call in self.calls if call[:2] == (verb, name))

    def has_epochs(self, provider: str) -> bool:
        return True

    async def epoch(self, administration: Administration, token: AccessToken) -> str | None:
        self.fault("epoch", "company")
        return self.company_epoch

    async def read(
        self, administration: Administration, token: AccessToken, listing: Listing, ask: PageRequest
    ) -> Page:
        start = int(ask.continuation or 0)
        self._note("read", listing.name, start)
        since = None if self.read_whatever_was_asked else ask.since
        found = [item for item in self.items[listing.name].values() if _is_after(item, listing, since)]
        shown = found[start : start + 2]
        records, broken = read_items(list(shown), listing)
        counted = not isinstance(listing.cursor, reading.Sequence)
        return Page(
            records=records,
            broken=broken,
            next=None if start + 2 >= len(found) else self.following(start + 2),
            high=_high(shown, listing),
            total=len(found) if counted else None,
            server_time=self.now,
        )

    async def versions(
        self, administration: Administration, token: AccessToken, listing: Listing
    ) -> Mapping[str, str]:
        self._note("versions", listing.name, 0)
        return {key: str(item["Version"]) for key, item in self.items[listing.name].items()}

    async def fetch(
        self, administration: Administration, token: AccessToken, listing: Listing, ids: Sequence[str]
    ) -> Page:
        self._note("fetch", listing.name, len(ids))
        items = self.items[listing.name]
        records, broken = read_items([items[each] for each in ids if each in items], listing)
        return Page(records=records, broken=broken, next=None, total=len(records))

    async def removed(
        self, administration: Administration, token: AccessToken, feed: Feed, ask: PageRequest
    ) -> RemovalPage:
        start = int(ask.continuation or 0)
        self._note("removed", feed.name, start)
        above = 0 if ask.since is None or self.removed_whatever_was_asked else int(ask.since.value)
        found = [each for each in self.gone if each.sequence > above]
        shown = found[start : start + 2]
        high = max((each.sequence for each in shown), default=None)
        return RemovalPage(
            removed=shown,
            next=None if start + 2 >= len(found) else self.following(start + 2),
            high=None if high is None else Watermark(WatermarkKind.SEQUENCE, str(high)),
            server_time=self.now,
        )

    def _note(self, verb: str, name: str, detail: int) -> None:
        self.calls.append((verb, name, detail))
        self.fault(verb, name)


def _is_after(item: Item, listing: Listing, since: Watermark | None) -> bool:
    if since is None:
        return True
    if isinstance(listing.cursor, reading.Sequence):
        return int(str(item["Stamp"])) > int(since.value)
    return str(item["ModifiedOn"]) > since.value


def _high(shown: Sequence[Item], listing: Listing) -> Watermark | None:
    if not shown:
        return None
    if isinstance(listing.cursor, reading.Sequence):
        return Watermark(WatermarkKind.SEQUENCE, str(max(int(str(item["Stamp"])) for item in shown)))
    if isinstance(listing.cursor, Instant):
        return Watermark(WatermarkKind.INSTANT, max(str(item["ModifiedOn"]) for item in shown))
    return None


def refused(verb: str, name: str) -> Callable[[str, str], None]:
    """A fault: this call is not permitted."""

    def fault(asked: str, of: str) -> None:
        if (asked, of) == (verb, name):
            raise failure(failures.FORBIDDEN)

    return fault
