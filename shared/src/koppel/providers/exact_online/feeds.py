"""Exact's `sync` feeds: every item has a `Timestamp`, a whole number that rises with each change of the division.

Numbers above 2^53 are possible: they are read as whole numbers and never as fractions. Pages are not in their order,
so the highest one seen counts.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.failures import failure
from koppel.providers.reading import Feed, RemovedItem, Sequence, Watermark, WatermarkKind, sequence_number

FEED_PAGE_SIZE = 1000
LIST_PAGE_SIZE = 60
TIMESTAMP = Sequence("Timestamp")
RETENTION = timedelta(days=56)
"""`sync/Deleted` is said to remember two months; a third party says so, hence the margin."""

DELETED_PATH = "/sync/Deleted"
DELETED_SELECT = "Timestamp,EntityKey,EntityType"


class EntityType(NamedTuple):
    """The `EntityType` numbers of `sync/Deleted` for what is read here."""

    transaction_lines: str = "1"
    accounts: str = "2"
    gl_accounts: str = "7"
    projects: str = "21"


ENTITY = EntityType()


def deleted(entity: str) -> Feed:
    """Removals of one entity, in the one feed of the division."""
    return Feed(DELETED_PATH, entity, RETENTION)


def filter_of(listing_property: str, since: Watermark | None, start: int) -> str:
    """`Timestamp gt …L`. Raises `watermark_invalid` for a text that no reading here left."""
    number = start if since is None else sequence_number(since.value)
    if number is None or (since is not None and since.kind is not WatermarkKind.SEQUENCE):
        raise failure(failures.WATERMARK_INVALID)
    return f"{listing_property} gt {number}L"


def numbers(items: Iterable[JsonValue], name: str) -> Iterator[int]:
    """The items' numbers; one that cannot be read does not count."""
    for item in items:
        number = sequence_number(item.get(name)) if isinstance(item, dict) else None
        if number is not None:
            yield number


def watermark(seen: Iterable[int]) -> Watermark | None:
    """The highest number seen; None for an empty page."""
    highest = max(seen, default=None)
    return None if highest is None else Watermark(WatermarkKind.SEQUENCE, str(highest))


def removed_items(items: Iterable[JsonValue]) -> list[RemovedItem]:
    """Raises `provider_bad_answer` for an entry that says not what was removed: passing it over would lose it."""
    return [_removed(item) for item in items]


def _removed(item: JsonValue) -> RemovedItem:
    if isinstance(item, dict):
        entity, key = sequence_number(item.get("EntityType")), item.get("EntityKey")
        number = sequence_number(item.get("Timestamp"))
        if entity is not None and number is not None and isinstance(key, str) and 0 < len(key) <= 100:
            return RemovedItem(str(entity), key, number)
    raise failure(failures.BAD_ANSWER)
