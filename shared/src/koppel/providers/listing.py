"""A listing of a provider as data: where it is, how it is read, and how an item becomes a record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from koppel.contracts.values import ResourceName
from koppel.providers.mapping import Fields, Item, Mapper, compile_fields, compile_key
from koppel.providers.reading import ChangeCursor, Removal, Sweep, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Items are parts (lines) that are put together to a record.

    `key` names the record in each part, as a listing's `key` names the part. The record's item has the properties
    `head` of its first part, and all parts in `order` (as in the provider's own numbers) under `rows`.
    """

    key: tuple[str, ...]
    head: tuple[str, ...]
    order: tuple[str, ...]
    rows: str = "Lines"


@dataclass(frozen=True, slots=True)
class Reread:
    """A listing without a feed: what the feed `listing` touched is read again by its id there.

    With `where` only for parts whose properties have one of these values.
    """

    listing: str
    where: Mapping[str, frozenset[str | int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One list that a provider serves; a resource is read from one or more of them.

    `path` is relative to the API address and names the endpoint for call budgets; `parameters` go with every page.
    `cursor` tells what changed, `removal` what is gone. `page_size` is the largest page to ask for. `key` and
    `fields` say how an item becomes a record; with `parts` an item is a part of one. `volatile` properties move
    without a change of the record: they do not count when bodies are compared. `counted`: its pages tell how many items
    there are; where none ever does, a reading that came to its end and could read every item is whole.
    """

    name: str
    resource: ResourceName
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    cursor: ChangeCursor = field(default_factory=Whole)
    removal: Removal = field(default_factory=Sweep)
    page_size: int = 1000
    counted: bool = True
    key: tuple[str, ...] = ("Id",)
    parts: Parts | None = None
    reread: Reread | None = None
    volatile: frozenset[str] = frozenset()
    fields: Fields = field(repr=False)
    external_id: Callable[[Item], str] = field(init=False, repr=False, compare=False)
    canonical: Mapper = field(init=False, repr=False, compare=False)
    part_of: Callable[[Item], str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "external_id", compile_key(self.key))
        object.__setattr__(self, "canonical", compile_fields(self.fields))
        object.__setattr__(self, "part_of", compile_key(self.parts.key) if self.parts else None)
