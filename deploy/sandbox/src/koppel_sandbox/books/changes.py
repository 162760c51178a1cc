"""What a change call asks for, which objects it touched, and what it answers. The same in every provider."""

from dataclasses import dataclass
from typing import NamedTuple


class ChangeOrder(NamedTuple):
    """So many objects of a collection to change, to add and to remove."""

    collection: str
    change: int
    add: int
    remove: int


@dataclass(frozen=True, slots=True)
class Alteration:
    """Which objects of a collection a change call touched, by index; enough to do it again after a restart."""

    company_id: str
    collection: str
    changed: list[int]
    removed: list[int]
    added: int
    first_instant: int
    revision: int


@dataclass(frozen=True, slots=True)
class Altered:
    """The keys of what was touched."""

    changed: list[str]
    added: list[str]
    removed: list[str]
