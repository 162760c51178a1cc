"""Records that a provider serves in parts: lines that name the record they belong to."""

from collections.abc import Sequence

import orjson
from pydantic import JsonValue

from koppel.providers.conversion import Unmappable
from koppel.providers.listed_records import ProviderRecord, digest_of, serialised, without
from koppel.providers.listing import Listing
from koppel.providers.mapping import Item


def put_together(listing: Listing, raws: Sequence[str]) -> ProviderRecord:
    """The record of these parts' bodies, at least one: the head of its first part and all parts in order.

    The digest covers all parts without what is volatile in them. Raises `Unmappable`.
    """
    shape, part_of = listing.parts, listing.part_of
    if shape is None or part_of is None:
        raise ValueError(f"the listing {listing.name} has no parts")
    parts = sorted((_object(raw) for raw in raws), key=lambda part: _place(part, shape.order))
    head: Item = {name: parts[0][name] for name in shape.head if name in parts[0]}
    rows: list[JsonValue] = [*parts]
    steady: list[JsonValue] = [without(part, listing.volatile) for part in parts]
    digest = digest_of(serialised(without(head, listing.volatile) | {shape.rows: steady}))
    item = head | {shape.rows: rows}
    return ProviderRecord(part_of(parts[0]), listing.canonical(item), serialised(item).decode(), digest)


def _object(raw: str) -> Item:
    part = orjson.loads(raw)
    if not isinstance(part, dict):
        raise Unmappable("part is not an object")
    return part


def _place(part: Item, order: tuple[str, ...]) -> list[tuple[int, float, str]]:
    """Numbers first and by their size, then texts, then what has no place."""
    return [_rank(part.get(name)) for name in order]


def _rank(value: JsonValue) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 0, value, ""
    return (1, 0, value) if isinstance(value, str) else (2, 0, "")
