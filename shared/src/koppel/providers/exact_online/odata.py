"""Exact's answers are OData v2 in JSON: how a list is wrapped, and what of an item is transport only."""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.calls import Answer
from koppel.providers.failures import failure
from koppel.providers.mapping import Item

LONGEST_SKIPTOKEN = 2000
"""Characters; an address of Exact's has at most 6,000."""

_TRANSPORT = "__metadata"
_UNEXPANDED = "__deferred"


class Listed(NamedTuple):
    """One page of a list: items as they are mapped and stored, the next page's `$skiptoken`, the count when told."""

    items: list[JsonValue]
    skiptoken: str | None
    total: int | None


def listed(answer: Answer, *, asked: str | None, page_size: int) -> Listed:
    """The items of `{"d": {"results": […], "__next": …}}`, of a bare array and of a single object.

    `asked` is the `$skiptoken` of the request: a page that names itself as its next would never end. A bare array
    cannot name a next page, so one that is as long as a page may be cut off. Raises `provider_bad_answer` for both.
    """
    wrapped = answer.json_object().get("d")
    if isinstance(wrapped, dict) and "results" in wrapped:
        items, following = wrapped["results"], wrapped.get("__next")
        total = _count(wrapped.get("__count"))
    else:
        items, following, total = [wrapped] if isinstance(wrapped, dict) and wrapped else wrapped, None, None
        if isinstance(items, list) and len(items) >= page_size:
            raise failure(failures.BAD_ANSWER)
    if not isinstance(items, list):
        raise failure(failures.BAD_ANSWER)
    skiptoken = _skiptoken(following)
    if skiptoken is not None and skiptoken == asked:
        raise failure(failures.BAD_ANSWER)
    return Listed([plain(item) for item in items], skiptoken, total)


def plain(item: JsonValue) -> JsonValue:
    """The item without `__metadata` and unexpanded collections; expanded ones are lists of such items.

    Two levels, which is as deep as anything asked for goes; whatever lies deeper stays as it came.
    """
    if not isinstance(item, dict):
        return item
    return {name: _expanded(value) for name, value in item.items() if not _is_transport(name, value)}


def _expanded(value: JsonValue) -> JsonValue:
    """An expanded collection that goes on elsewhere stays as it came: it is no list, so its item counts as broken."""
    if not isinstance(value, dict) or not isinstance(lines := value.get("results"), list):
        return value
    if value.get("__next"):
        return value
    return [_line(line) if isinstance(line, dict) else line for line in lines]


def _line(line: Item) -> Item:
    return {name: value for name, value in line.items() if not _is_transport(name, value)}


def _is_transport(name: str, value: JsonValue) -> bool:
    return name == _TRANSPORT or (isinstance(value, dict) and _UNEXPANDED in value)


def _skiptoken(following: JsonValue) -> str | None:
    """Of the next page's address only this is taken: where a token goes and what is asked is never theirs to say."""
    if following is None or following == "":
        return None
    if isinstance(following, str) and len(following) <= 4 * LONGEST_SKIPTOKEN:
        try:
            query = dict(parse_qsl(urlsplit(following).query, max_num_fields=100))
        except ValueError:
            query = {}
        token = query.get("$skiptoken", "")
        if 0 < len(token) <= LONGEST_SKIPTOKEN:
            return token
    raise failure(failures.BAD_ANSWER)


def _count(value: JsonValue) -> int | None:
    """OData v2 sends the count as text."""
    digits = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
