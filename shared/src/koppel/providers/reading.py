"""How a listing is read: how changes are told, how removals are told, and one page of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import JsonValue

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Instant:
    """Changes since an instant: `property` is the change stamp; the adapter asks from `overlap` before the watermark.

    A provider stamps a change when its transaction starts and shows it when that commits, so a change may appear with
    a time that lies before the last reading. Five minutes is far above any request's time-out, and what is read twice
    changes nothing.
    """

    property: str
    overlap: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Changes above a rising integer in `property`; `start` reads everything. Readings never overlap."""

    property: str
    start: int = 1


def sequence_number(value: JsonValue) -> int | None:
    """An int64, as a number or as the text of one (OData v2 writes it so); None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value <= _LARGEST else None
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.isdigit():
        return sequence_number(int(value))
    return None


@dataclass(frozen=True, slots=True)
class Versions:
    """A list of all ids with a version each; what is new or differs is fetched by ids, at most `batch` a call."""

    batch: int


@dataclass(frozen=True, slots=True)
class Whole:
    """Nothing tells what changed: the listing is read whole every time."""


ChangeCursor = Instant | Sequence | Versions | Whole


@dataclass(frozen=True, slots=True)
class Sweep:
    """Gone is what two complete readings in a row lack."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The provider keeps a feed of what was deleted. `entity` is the listing's type in it, `retention` its memory:
    a feed left alone for longer means that the listing is read whole."""

    name: str
    entity: str
    retention: timedelta


@dataclass(frozen=True, slots=True)
class Listed:
    """Gone is what a complete list of versions lacks."""


@dataclass(frozen=True, slots=True)
class Flag:
    """The item itself says that it is deleted: `property` equals `value`."""

    property: str
    value: object


Removal = Sweep | Feed | Listed | Flag


class WatermarkKind(StrEnum):
    """A watermark of another kind than the listing's cursor is worthless: the listing is read whole."""

    INSTANT = "instant"
    SEQUENCE = "sequence"
    VERSIONS = "versions"
    WHOLE = "whole"


class Watermark(NamedTuple):
    """Up to where a listing was read, in the provider's own terms. `value` is opaque to services."""

    kind: WatermarkKind
    value: str


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page. `continuation` is what the page before answered as `next`, opaque; None is the first page.

    With `since` only what changed after it, where the listing can tell; else everything. `size` is the most items.
    """

    continuation: str | None = None
    since: Watermark | None = None
    size: int = 1000


class RemovedItem(NamedTuple):
    """An entry of a removal feed: the listing's `entity`, the item's key, and the feed's own number."""

    entity: str
    key: str
    sequence: int


@dataclass(frozen=True, slots=True)
class RemovalPage:
    """One page of a removal feed. `high` is the highest number seen, None for an empty page."""

    removed: list[RemovedItem] = field(default_factory=list)
    next: str | None = None
    high: Watermark | None = None
    server_time: datetime | None = None


class Usage(NamedTuple):
    """What an answer said of a rate window: calls left, and when it starts anew by the provider's clock."""

    window: str
    limit: int | None
    remaining: int | None
    resets_in: float | None
