"""Lists: what is asked of one, which page of it, and the envelope `d` around that.

Pages go by the objects' place, not by their `Timestamp`; the token names the last place and the newest `Timestamp` that
the first page saw. What changes while somebody reads has a higher one: it comes with the next reading.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.provider import Truncation
from koppel_sandbox.providers.exact_online.errors import ApiError
from koppel_sandbox.providers.exact_online.odata.filters import Filter, parse_filter
from koppel_sandbox.providers.exact_online.odata.selection import selection_of

TIMESTAMP = "Timestamp"
PAGE, FEED_PAGE = 60, 1000
_OPTIONS = {"$select", "$filter", "$expand", "$top", "$skiptoken", "$inlinecount"}


@dataclass(frozen=True, slots=True)
class Table:
    """What can be listed. `timestamp` is None for what is no feed; `find` gives the place of a key."""

    type: str
    address: str
    key: str
    names: Collection[str]
    places: Sequence[int]
    bodies: Callable[[Sequence[int]], Iterable[JsonObject]]
    timestamp: Callable[[int], int] | None = None
    find: Callable[[str], int | None] | None = None
    nested: str | None = None

    def wholes(self, places: Sequence[int]) -> Iterator[JsonObject]:
        """The objects, in a feed each with its `Timestamp`."""
        for place, body in zip(places, self.bodies(places), strict=True):
            yield body if self.timestamp is None else {TIMESTAMP: self.timestamp(place), **body}


@dataclass(frozen=True, slots=True)
class Asked:
    """`last` and `newest` come from the token of the page before."""

    where: Filter | None
    last: int
    newest: int | None
    counts: bool
    top: int | None


@dataclass(frozen=True, slots=True)
class Envelope:
    items: list[JsonObject]
    following: str | None
    count: int | None

    def as_json(self, *, bare: bool) -> bytes:
        if bare:
            return orjson.dumps({"d": self.items})
        d: JsonObject = {"results": self.items}
        if self.count is not None:
            d = {"__count": str(self.count), **d}
        if self.following is not None:
            d["__next"] = self.following
        return orjson.dumps({"d": d})


def page_of(
    table: Table, query: Mapping[str, str], next_page: Callable[[str], str], cut: Truncation | None
) -> Envelope:
    """`next_page` makes the address of the page that a token begins. Raises ApiError 400."""
    names = table.names if table.timestamp is None else {*table.names, TIMESTAMP}
    asked, selection = _asked(query, names), selection_of(query, names, table.nested)
    if table.timestamp is not None and asked.top != 1 and "$select" not in query:
        raise ApiError(400, "Please add a $select or a $top=1 statement to the query string.")
    size = min(PAGE if table.timestamp is None else FEED_PAGE, asked.top or FEED_PAGE)
    places, newest = _matching(table, asked)
    count = len(places)
    if cut is not None:
        places = places[: -(-len(places) // 2)]
        count = len(places) if cut.hide_total else count
    ahead = [place for place in places if place > asked.last]
    items = [
        selection.of(whole, f"{table.address}(guid'{whole[table.key]}')", table.type)
        for whole in table.wholes(ahead[:size])
    ]
    more = len(ahead) > size and asked.top is None
    token = f"{ahead[size - 1]}.{newest or 0}" if more else None
    return Envelope(items, next_page(token) if token else None, count if asked.counts else None)


def _asked(query: Mapping[str, str], names: Collection[str]) -> Asked:
    unknown = [name for name in query if name.startswith("$") and name not in _OPTIONS]
    if unknown:
        raise ApiError(400, f"The query option '{unknown[0]}' is not supported.")
    last, newest = _token(query.get("$skiptoken"))
    top = query.get("$top")
    if top is not None and not (top.isascii() and top.isdigit() and int(top[:9]) > 0):
        raise ApiError(400, "Invalid value for $top.")
    where = parse_filter(query["$filter"], names) if "$filter" in query else None
    return Asked(where, last, newest, query.get("$inlinecount") == "allpages", int(top[:9]) if top else None)


def _token(text: str | None) -> tuple[int, int | None]:
    if text is None:
        return -1, None
    last, _, newest = text.partition(".")
    if not (last.isascii() and last.isdigit() and newest.isascii() and newest.isdigit() and len(text) < 60):
        raise ApiError(400, "Invalid value for $skiptoken.")
    return int(last), int(newest) or None


def _matching(table: Table, asked: Asked) -> tuple[Sequence[int], int | None]:
    """The places that match, and the newest `Timestamp` that counts for this reading."""
    places = table.places
    if table.timestamp is None:
        return _filtered(table, places, asked.where), None
    stamps = {place: table.timestamp(place) for place in places}
    newest = asked.newest or max(stamps.values(), default=0)
    above = _above(asked.where)
    within = [place for place in places if above < stamps[place] <= newest]
    return (within if _is_watermark(asked.where) else _filtered(table, within, asked.where)), newest


def _is_watermark(where: Filter | None) -> bool:
    """Whether a filter only says from which `Timestamp` on."""
    if where is None:
        return True
    way = where.ways[0]
    return len(where.ways) == 1 and all(
        each.name == TIMESTAMP and each.operator in {"gt", "ge"} for each in way
    )


def _above(where: Filter | None) -> int:
    """`Timestamp gt …` of a filter that has it in its only way."""
    if where is None or len(where.ways) != 1:
        return 0
    bounds = [
        each.value - (each.operator == "ge")
        for each in where.ways[0]
        if each.name == TIMESTAMP and each.operator in {"gt", "ge"} and isinstance(each.value, int)
    ]
    return max(bounds, default=0)


def _filtered(table: Table, places: Sequence[int], where: Filter | None) -> Sequence[int]:
    if where is None:
        return places
    wanted = where.wanted(table.key) if table.find is not None else None
    if wanted is not None and table.find is not None:
        found = {place for place in map(table.find, wanted) if place is not None}
        return sorted(found & set(places))
    return [place for place, whole in zip(places, table.wholes(places), strict=True) if where.holds(whole)]
