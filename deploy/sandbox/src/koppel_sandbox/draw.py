"""Repeatable choices: everything the sandbox makes up is a pure function of a text key.

No global random state: object 40,000 of a collection is made without making the 39,999 before it, so pages
are generated when they are asked for and can be forgotten again.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_SPENT_BELOW = 1 << 64  # less than this is left: take fresh bytes before a choice gets lopsided


def digest(key: str, size: int) -> int:
    """A whole number of `size` bytes that depends on nothing but `key`."""
    return int.from_bytes(blake2b(key.encode(), digest_size=size).digest(), "big")


def guid(key: str) -> str:
    """A GUID in the usual text form (version and variant bits set), derived from `key`."""
    text = blake2b(key.encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-a{text[17:20]}-{text[20:]}"


class Draw:
    """A short stream of choices belonging to one key."""

    __slots__ = ("_key", "_value")

    def __init__(self, key: str) -> None:
        self._key = key
        self._value = digest(key, 64)

    def below(self, limit: int) -> int:
        """A whole number from 0 up to and excluding `limit`."""
        if self._value < _SPENT_BELOW:
            self._key += "+"
            self._value = digest(self._key, 64)
        self._value, rest = divmod(self._value, limit)
        return rest

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent
