"""Reading on by `$skip` over rows that shift: no order is promised, no total and no next link are given.

A page begins with the last rows of the page before. Where they are not found, rows before them have gone or moved
and others have slipped past: the reading goes back half a page, and from there to the beginning. Rows that come
twice do no harm. The end is a page that holds nothing behind those rows and is not full.
"""

from dataclasses import dataclass

import orjson
from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.conversion import Unmappable, text
from koppel.providers.failures import failure

OVERLAP = 3
"""Rows that a page shares with the one before; at most half of a page."""

MOST_BACK = 20
"""How often a reading goes back before it gives up: a listing that never stands still is not read whole."""

_LONGEST = 1000
"""Characters of a continuation that can be ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reading stands: rows to skip, keys of the rows that were read last, and how often it went back."""

    skip: int = 0
    tail: tuple[str, ...] = ()
    back: int = 0
    looking: bool = False
    """It went back for the page that comes."""

    @classmethod
    def of(cls, continuation: str | None) -> "Place":
        """Raises `continuation_invalid` for one that another listing or provider made."""
        if continuation is None:
            return cls()
        place = _parsed(continuation)
        if place is None:
            raise failure(failures.CONTINUATION_INVALID)
        return place

    def as_text(self) -> str:
        return orjson.dumps([self.skip, self.back, self.looking, *self.tail]).decode()

    def after(self, items: list[JsonValue], size: int, key: str = "id") -> "Place | None":
        """Where to read on after a page of `items`, asked with `size` rows at most; None at the end.

        Raises `provider_bad_answer` for rows that never stand still, and for a provider that does not heed `$skip`.
        """
        keys = [_key(item, key) for item in items]
        if self.tail and not set(self.tail) & set(keys):
            return self._further_back(size)
        known = max((at for at, entry in enumerate(keys) if entry in self.tail), default=-1)
        if known == len(keys) - 1:  # nothing new
            if len(items) < size:
                return None
            raise failure(failures.BAD_ANSWER)
        shared = min(OVERLAP, size // 2, len(items))
        tail = tuple(entry for entry in keys[len(keys) - shared :] if entry)
        return Place(self.skip + len(items) - shared, tail, self.back)

    def _further_back(self, size: int) -> "Place":
        if self.back >= MOST_BACK:
            raise failure(failures.BAD_ANSWER)
        skip = 0 if self.looking else max(self.skip - size // 2, 0)
        return Place(skip, self.tail if skip else (), self.back + 1, looking=True)


def _key(item: JsonValue, key: str) -> str:
    try:
        return text(item.get(key)) if isinstance(item, dict) else ""
    except Unmappable:
        return ""


def _parsed(continuation: str) -> Place | None:
    try:
        value = orjson.loads(continuation) if len(continuation) <= _LONGEST else None
    except orjson.JSONDecodeError:
        return None
    if not (isinstance(value, list) and 3 <= len(value) <= 3 + OVERLAP):
        return None
    skip, back, looking, *tail = value
    numbers = all(type(number) is int and number >= 0 for number in (skip, back))
    if not (numbers and isinstance(looking, bool) and all(isinstance(entry, str) for entry in tail)):
        return None
    return Place(skip, tuple(tail), back, looking)
