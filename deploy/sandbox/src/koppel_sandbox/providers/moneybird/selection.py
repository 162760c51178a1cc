"""What a list holds: of this year, and of what is in use, unless the caller names a period or a state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from koppel_sandbox.books.collection import Collection
from koppel_sandbox.instants import DAY, SECOND, parse
from koppel_sandbox.providers.moneybird.books.catalogue import Kind
from koppel_sandbox.providers.moneybird.errors import ApiError

_LONGEST_PAGE = 100
_USUAL_PAGE = 25


@dataclass(frozen=True, slots=True)
class Wanted:
    """Both ends of the period are within it, in microseconds."""

    first: int
    last: int
    states: frozenset[str] | None
    with_hidden: bool


def wanted(query: Mapping[str, str], now: int) -> Wanted:
    """Raises ApiError 400 for a filter that is not understood."""
    given: dict[str, str] = {}
    for each in filter(None, query.get("filter", "").split(",")):
        name, colon, value = each.partition(":")
        if not colon or name not in {"period", "state"}:
            raise ApiError(400, f"Filter is invalid: {each}")
        given[name] = value
    first, last = _period(given.get("period", "this_year"), now)
    states = None if given.get("state", "all") == "all" else frozenset(given["state"].split("|"))
    is_all = given.get("state") == "all" or query.get("include_archived") == "true"
    return Wanted(first, last, states, is_all)


def _period(text: str, now: int) -> tuple[int, int]:
    year = datetime.fromtimestamp(now / SECOND, UTC).year
    if text == "this_year":
        return _from(f"{year}0101"), _until(f"{year}1231")
    begin, _, end = text.partition("..")
    if ".." not in text:
        end = begin
    try:
        return _from(begin), _until(end)
    except ValueError:
        raise ApiError(400, f"Period is invalid: {text}") from None


def _from(text: str) -> int:
    """`YYYYMM` or `YYYYMMDD`. Raises ValueError."""
    if len(text) not in (6, 8) or not text.isdigit():
        raise ValueError(text)
    return parse(f"{text}01"[:8])


def _until(text: str) -> int:
    if len(text) == 8:
        return _from(text) + DAY - 1
    after = datetime.fromtimestamp(_from(text) / SECOND, UTC) + timedelta(days=31)
    return _from(after.strftime("%Y%m")) - 1


def select(collection: Collection[Kind], asked: Wanted) -> Sequence[int]:
    """Indexes of the objects that a list holds."""
    indexes, kind = collection.indexes, collection.kind
    if kind.date is not None:
        date = kind.date
        indexes = [each for each in indexes if asked.first <= date(collection.company, each) <= asked.last]
    if kind.hidden is not None and not asked.with_hidden:
        name, value = kind.hidden
        indexes = [each for each, body in _bodies(collection, indexes) if body[name] != value]
    if asked.states is not None:
        indexes = [each for each, body in _bodies(collection, indexes) if body.get("state") in asked.states]
    return indexes


def _bodies(collection: Collection[Kind], indexes: Sequence[int]) -> list[tuple[int, dict[str, object]]]:
    return list(zip(indexes, map(orjson.loads, collection.read(indexes)), strict=True))


def page_of(query: Mapping[str, str], total: int) -> tuple[int, int]:
    """Number and size of the page. Raises ApiError 400 for a size over 100 and for a page past the last."""
    number, size = _whole(query, "page", 1), _whole(query, "per_page", _USUAL_PAGE)
    if size > _LONGEST_PAGE:
        raise ApiError(400, "per_page is too large")
    if number > max(-(-total // size), 1):
        raise ApiError(400, "page is out of range")
    return number, size


def _whole(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise ApiError(400, f"{name} is invalid")
    return int(text)
