"""Records as they are read from a listing."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import orjson
from pydantic import JsonValue

from koppel.providers.conversion import Unmappable
from koppel.providers.listing import Listing
from koppel.providers.mapping import Item
from koppel.providers.reading import Flag, Sequence, Usage, Watermark, sequence_number

DIGEST_BYTES = 16


class ProviderRecord(NamedTuple):  # a frozen dataclass takes three times as long to make
    """One record: canonical fields, the provider's own JSON with sorted keys, and the digest of that JSON.

    Equal digests mean an equal record. Neither holds U+0000, which PostgreSQL cannot store in text.

    `raw` is text, not the serialiser's bytes: those are cut out of a larger buffer whose rest the allocator cannot
    use again. Measured with eight pages of a thousand customers held: 220 MB as bytes, 38 MB as text.

    `gone`: the item says itself that it is deleted. A part (line) of a record names that record in `part_of`; its
    `external_id` is its own key, and `data` is empty: `parts.put_together` maps the record.
    """

    external_id: str
    data: dict[str, JsonValue]
    raw: str
    digest: bytes
    gone: bool = False
    part_of: str | None = None


class BrokenItem(NamedTuple):
    """An item that could not become a record: its place in the page (from 0) and why, without its values."""

    position: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a listing: every item is either in `records` (external ids unique) or in `broken`.

    `next` asks for the page behind this one, None: it was the last. `high` is up to where the listing is read with
    this page, when the page can say. `total` and `server_time` (UTC) are what the provider says, when it says so.
    """

    records: list[ProviderRecord]
    broken: list[BrokenItem]
    next: str | None
    high: Watermark | None = None
    total: int | None = None
    server_time: datetime | None = None
    usage: tuple[Usage, ...] = ()


def read_items(items: list[JsonValue], listing: Listing) -> tuple[list[ProviderRecord], list[BrokenItem]]:
    """The items as records, in order; the hot path of a sync: one serialisation and one hash an item.

    Of two with one key the first counts, or the one that a feed numbered later; the second is told as broken.
    """
    records: list[ProviderRecord] = []
    broken: list[BrokenItem] = []
    seen: dict[str, int] = {}
    for position, item in enumerate(items):
        try:
            record = _record(item, listing)
        except Unmappable as problem:
            broken.append(BrokenItem(position, str(problem)))
            continue
        if (place := seen.setdefault(record.external_id, len(records))) < len(records):
            broken.append(BrokenItem(position, "key occurs twice in this page"))
            cursor = listing.cursor
            if isinstance(cursor, Sequence) and _is_later(record, records[place], cursor.property):
                records[place] = record
            continue
        records.append(record)
    return records, broken


def _is_later(record: ProviderRecord, before: ProviderRecord, stamp: str) -> bool:
    """Whether a feed put it behind the other."""
    one, other = (sequence_number(orjson.loads(each.raw).get(stamp)) for each in (record, before))
    return one is not None and (other is None or one > other)


def _record(item: JsonValue, listing: Listing) -> ProviderRecord:
    if not isinstance(item, dict):
        raise Unmappable("item is not an object")
    raw = serialised(item)
    if b"\\" in raw and b"\\u0000" in raw:  # the first test is a memchr, and rarely true
        item = _without_nul(item)
        raw = serialised(item)
    volatile = listing.volatile
    digest = digest_of(raw if volatile.isdisjoint(item) else serialised(without(item, volatile)))
    if listing.part_of is not None:
        return ProviderRecord(
            listing.external_id(item), {}, raw.decode(), digest, False, listing.part_of(item)
        )
    if isinstance(listing.removal, Flag) and item.get(listing.removal.property) == listing.removal.value:
        return ProviderRecord(listing.external_id(item), {}, raw.decode(), digest, True)
    return ProviderRecord(listing.external_id(item), listing.canonical(item), raw.decode(), digest)


def digest_of(body: bytes) -> bytes:
    """What tells equal bodies."""
    return blake2b(body, digest_size=DIGEST_BYTES).digest()


def serialised(item: Item) -> bytes:
    """The item's JSON with sorted keys. Raises `Unmappable`."""
    try:
        return orjson.dumps(item, None, orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raise Unmappable("item is nested too deeply") from None


def without(item: Item, names: frozenset[str]) -> Item:
    """The item without these properties."""
    return {name: value for name, value in item.items() if name not in names}


def _without_nul(item: Item) -> Item:
    return {_clean_text(name): _clean(value) for name, value in item.items()}


def _clean(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, list):
        return [_clean(entry) for entry in value]
    if isinstance(value, dict):
        return _without_nul(value)
    return value


def _clean_text(value: str) -> str:
    return value.replace("\x00", "")
