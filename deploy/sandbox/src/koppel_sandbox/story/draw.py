"""Repeatable choices: everything the sandbox makes up is a pure function of a text key.

No global random state: object 40,000 of a collection is made without making the 39,999 before it, so pages
are generated when they are asked for and can be forgotten again.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from struct import Struct
from typing import TypeVar

T = TypeVar("T")

_SIXTEEN_NUMBERS = Struct(">16I")


def digest(key: str, size: int) -> int:
    """A whole number of `size` bytes that depends on `key` only."""
    return int.from_bytes(blake2b(key.encode(), digest_size=size).digest(), "big")


def guid(key: str) -> str:
    """A GUID in the usual text form (version and variant bits set), derived from `key`."""
    text = blake2b(key.encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _numbers(key: str) -> Callable[[], int]:
    numbers: Iterator[int] = iter(_SIXTEEN_NUMBERS.unpack(blake2b(key.encode()).digest()))
    return numbers.__next__


class Draw:
    """A short stream of choices belonging to one key: 32 bits each, sixteen to a hash."""

    __slots__ = ("_key", "_take")

    def __init__(self, key: str) -> None:
        self._key = key
        self._take = _numbers(key)

    def below(self, limit: int) -> int:
        """A whole number from 0 up to and excluding `limit`, which is less than 2**32."""
        try:
            return self._take() * limit >> 32
        except StopIteration:
            self._key += "+"
            self._take = _numbers(self._key)
            return self._take() * limit >> 32

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent
