"""What a provider may answer wrongly: each spoils an administration whose records are all still there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from koppel.contracts.values import ResourceName, SyncMode
from koppel.providers.reading import RemovedItem

from .made_up import ACCOUNTS, DOCUMENTS, LINES, MadeUp
from .provider import Item, Provider

FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL
CONTACTS = (ResourceName.CONTACT,)
PAPERS, VOUCHERS, LEDGER = (
    (ResourceName.SUPPLIER_INVOICE,),
    (ResourceName.VOUCHER,),
    (ResourceName.LEDGER_ACCOUNT,),
)


@dataclass(frozen=True)
class Pages:
    """A listing in pages of 10 that tells its total. `spoil` changes what the provider answers from then on."""

    spoil: Callable[[Provider], None]
    known: int = 35
    mode: SyncMode = FULL
    few: Mapping[str, int] = field(default_factory=dict)
    """How many items other listings have, which are then read, too."""

    @property
    def resources(self) -> tuple[ResourceName, ...] | None:
        return None if self.few else CONTACTS

    def fill(self, provider: Provider) -> None:
        provider.add_customers(self.known)
        for listing, count in self.few.items():
            provider.items[listing] = [{"Id": str(uuid4()), "Name": f"{number}"} for number in range(count)]


@dataclass(frozen=True)
class Told:
    """A provider that tells versions, feeds or lines."""

    resources: tuple[ResourceName, ...]
    fill: Callable[[MadeUp], None]
    spoil: Callable[[MadeUp], None]
    mode: SyncMode = INCREMENTAL


def _customers(provider: Provider) -> list[Item]:
    return provider.items["customers"]


def _only(count: int, *, announced: int | None) -> Callable[[Provider], None]:
    def spoil(provider: Provider) -> None:
        provider.items["customers"] = _customers(provider)[:count]
        if announced is not None:
            provider.announced["customers"] = announced

    return spoil


def _halves(*, total: bool) -> Callable[[Provider], None]:
    """Each listing ends in its middle; `total`: those of customers, which are many, say how many there are."""

    def spoil(provider: Provider) -> None:
        if total:
            provider.announced["customers"] = len(_customers(provider))
        for listing, items in provider.items.items():
            provider.items[listing] = items[: len(items) // 2]

    return spoil


def _announces(total: int) -> Callable[[Provider], None]:
    return lambda provider: provider.announced.update(customers=total)


def _leads_to(following: Callable[[int], str]) -> Callable[[Provider], None]:
    def spoil(provider: Provider) -> None:
        provider.following = following

    return spoil


def _others(provider: Provider) -> None:
    provider.items["customers"] = [each | {"Id": str(uuid4())} for each in _customers(provider)]


def _others_on_one_page(provider: Provider) -> None:
    another: list[Item] = [{"Id": str(uuid4()), "Name": "Ander"} for _ in range(10)]
    provider.items["customers"] = [*_customers(provider)[:25], *another]
    provider.announced["customers"] = 36


def _twins(provider: Provider) -> None:
    customers = _customers(provider)
    provider.items["customers"] = [*customers[:-1], customers[0]]
    provider.announced["customers"] = len(customers)


def _nameless(provider: Provider) -> None:
    provider.items["customers"] = [*_customers(provider)[:-1], {"Name": "zonder Id"}]


def _odd_ids(provider: Provider) -> None:
    provider.items["customers"] = [*_customers(provider)[:-1], {"Id": ["geen", "tekst"], "Name": "x"}]


def _shifts(provider: Provider) -> None:
    """A row in front of the page is moved behind the last one while it is read: the next page lacks one."""
    before = provider.fault

    def fault(listing: str, number: int) -> None:
        before(listing, number)
        if number == 2:
            customers = _customers(provider)
            provider.items["customers"] = [*customers[1:], customers[0]]

    provider.fault = fault


def _clock(**amount: float) -> Callable[[Provider], None]:
    def spoil(provider: Provider) -> None:
        provider.time += timedelta(**amount)

    return spoil


def _papers(books: MadeUp) -> None:
    for number in range(30):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")


def _accounts(books: MadeUp) -> None:
    for number in range(30):
        books.put(ACCOUNTS, f"a{number}", Name=f"{number}")


def _lines(books: MadeUp) -> None:
    for number in range(30):
        books.line(f"l{number}", f"e{number}", 1)


def _versions(change: Callable[[dict[str, Item]], None]) -> Callable[[MadeUp], None]:
    return lambda books: change(books.items[DOCUMENTS.name])


def _keep(count: int) -> Callable[[dict[str, Item]], None]:
    def change(items: dict[str, Item]) -> None:
        for key in list(items)[count:]:
            del items[key]

    return change


def _renamed(items: dict[str, Item]) -> None:
    for key in list(items):
        items[f"ander-{key}"] = items.pop(key) | {"Id": f"ander-{key}"}


def _forgets(listing: str, count: int) -> Callable[[MadeUp], None]:
    return lambda books: _keep(count)(books.items[listing])


def _tells(*gone: tuple[str, str]) -> Callable[[MadeUp], None]:
    def spoil(books: MadeUp) -> None:
        for entity, key in gone:
            books.stamp += 1
            books.gone.append(RemovedItem(entity, key, books.stamp))

    return spoil


def _numbers_anew(books: MadeUp) -> None:
    for at, item in enumerate(books.items[ACCOUNTS.name].values()):
        item["Stamp"] = at
    books.read_whatever_was_asked = True


_FEW = {"projects": 5, "costcenters": 3, "fiscalyears": 2, "suppliers": 4}

HOSTILE: Mapping[str, Pages | Told] = {
    "cut behind its second page, the total stays": Pages(_only(20, announced=35)),
    "cut behind its second page, the total too": Pages(_only(12, announced=None)),
    "cut in its middle, of few, the total too": Pages(_only(5, announced=None), known=9),
    "all cut in their middle, some of few, the totals too": Pages(_halves(total=False), few=_FEW),
    "all cut in their middle, one says so": Pages(_halves(total=True), few=_FEW),
    "empty, and says that it is": Pages(_only(0, announced=None)),
    "empty, and its total stays": Pages(_only(0, announced=35)),
    "empty, of a small company": Pages(_only(0, announced=None), known=9),
    "a total that is too high": Pages(_announces(40)),
    "a total that is too low": Pages(_announces(30)),
    "a total of nothing beside items": Pages(_announces(0)),
    "a page that leads to itself": Pages(_leads_to(str)),
    "pages that go round": Pages(_leads_to(lambda number: "1" if number == 2 else str(number + 1))),
    "a page that is left out": Pages(_leads_to(lambda number: str(number + 2))),
    "the pages of another company": Pages(_others),
    "the pages of another company, a small one": Pages(_others, known=9),
    "another company's items on the last page": Pages(_others_on_one_page),
    "one item twice, another not at all": Pages(_twins),
    "an item without an id": Pages(_nameless),
    "an item whose id is no text": Pages(_odd_ids),
    "rows that shift while they are read": Pages(_shifts),
    "a clock that jumps a year ahead": Pages(_clock(days=365), mode=INCREMENTAL),
    "a clock that jumps a year back": Pages(_clock(days=-365), mode=INCREMENTAL),
    "an increment that shows nothing": Pages(_only(0, announced=0), mode=INCREMENTAL),
    "a list of versions that is cut": Told(PAPERS, _papers, _versions(_keep(5))),
    "a list of versions that is empty": Told(PAPERS, _papers, _versions(_keep(0))),
    "a list of versions of another company": Told(PAPERS, _papers, _versions(_renamed)),
    "a list of versions that is empty, swept": Told(PAPERS, _papers, _versions(_keep(0)), FULL),
    "a feed that names what it never had": Told(LEDGER, _accounts, _tells(("7", "x"), ("7", ""))),
    "a feed that names other kinds of items": Told(LEDGER, _accounts, _tells(("1", "a1"), ("99", "a2"))),
    "a feed whose numbers begin anew": Told(LEDGER, _accounts, _numbers_anew),
    "a whole reading of a feed that is cut": Told(LEDGER, _accounts, _forgets(ACCOUNTS.name, 5), FULL),
    "lines that are cut": Told(VOUCHERS, _lines, _forgets(LINES.name, 5), FULL),
    "lines that are gone": Told(VOUCHERS, _lines, _forgets(LINES.name, 0), FULL),
}
