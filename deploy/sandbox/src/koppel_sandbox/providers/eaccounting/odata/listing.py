"""Lists: query options, paging, and the `Meta`/`Data` envelope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from koppel_sandbox.books.collection import Collection
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import as_text
from koppel_sandbox.provider import Truncation
from koppel_sandbox.providers.eaccounting.books.catalogue import Kind
from koppel_sandbox.providers.eaccounting.errors import BAD_INPUT, BAD_QUERY, ApiError
from koppel_sandbox.providers.eaccounting.odata.query import Filter, parse_filter, parse_order
from koppel_sandbox.providers.eaccounting.shapes import SHAPES

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE = 1000
_OPTIONS = {"$page", "$pagesize", "$filter", "$orderby"}


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    size: int

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Page":
        """Sizes over the largest are cut down to it; Meta.PageSize tells. Raises ApiError 6001."""
        size = min(_positive(query, "$pagesize", DEFAULT_PAGE_SIZE), LARGEST_PAGE)
        return cls(_positive(query, "$page", 1), size)


def _positive(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ApiError(400, BAD_INPUT, f"{name} must be a whole number from 1")
    return int(text)


def belongs(collection: Collection[Kind], index: int, year: int) -> bool:
    """Whether an object belongs to the company's fiscal year `year` (counted from 0)."""
    year_of = collection.kind.year
    return year_of is None or year_of(collection.company, index) == year


def in_year(collection: Collection[Kind], year: int) -> list[int]:
    return [index for index in collection.indexes if belongs(collection, index, year)]


def _matching(collection: Collection[Kind], indexes: Sequence[int], wanted: Filter) -> Sequence[int]:
    if wanted.bounds_time:
        changed, after, before = collection.changed_at, wanted.after, wanted.before
        indexes = [index for index in indexes if after <= changed[index] <= before]
    if wanted.comparisons:
        bodies = map(orjson.loads, collection.read(indexes))
        indexes = [
            index
            for index, body in zip(indexes, bodies, strict=True)
            if all(each.holds(body) for each in wanted.comparisons)
        ]
    return indexes


def _sorted(collection: Collection[Kind], indexes: Sequence[int], order: str) -> Sequence[int]:
    name, descending = parse_order(order, SHAPES[collection.kind.model])
    if name == collection.kind.changed:
        return sorted(indexes, key=collection.changed_at.__getitem__, reverse=descending)
    values = {
        index: orjson.loads(raw)[name] for index, raw in zip(indexes, collection.read(indexes), strict=True)
    }
    return sorted(indexes, key=lambda index: _sort_key(values[index]), reverse=descending)


def _sort_key(value: object) -> tuple[int, float, str]:
    """Nulls first, numbers by size, everything else by its text."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, int | float):
        return (1, float(value), "")
    return (2, 0.0, str(value))


def select(collection: Collection[Kind], indexes: Sequence[int], query: Mapping[str, str]) -> Sequence[int]:
    """Indexes of the objects that the query asks for, in its order. Raises ApiError 6000 or 6001."""
    for option in query:
        if option.startswith("$") and option not in _OPTIONS:
            raise ApiError(400, BAD_QUERY, f"The query option {option} is not supported")
    kind = collection.kind
    if "$filter" in query:
        wanted = parse_filter(query["$filter"], SHAPES[kind.model], kind.changed)
        indexes = _matching(collection, indexes, wanted)
    if "modifiedSinceUtc" in query and kind.name == "customerinvoices":
        since = parse_filter(f"ModifiedUtc ge {query['modifiedSinceUtc']}", SHAPES[kind.model], kind.changed)
        indexes = _matching(collection, indexes, since)
    return _sorted(collection, indexes, query["$orderby"]) if "$orderby" in query else indexes


def envelope(
    collection: Collection[Kind], indexes: Sequence[int], page: Page, now: int, cut: Truncation | None = None
) -> bytes:
    """One page of the objects at `indexes`, serialised."""
    total = len(indexes)
    if cut is not None:
        indexes = indexes[: total // 2]
        total = len(indexes) if cut.hide_total else total
    first = (page.number - 1) * page.size
    meta: JsonObject = {
        "CurrentPage": page.number,
        "PageSize": page.size,
        "TotalNumberOfPages": -(-len(indexes) // page.size),
        "TotalNumberOfResults": total,
        "ServerTimeUtc": as_text(now),
    }
    objects = collection.joined(indexes[first : first + page.size])
    return b"".join((b'{"Meta":', orjson.dumps(meta), b',"Data":[', objects, b"]}"))
