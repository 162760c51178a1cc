"""Reading the bodies of control calls: every wrong field is named."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import orjson

T = TypeVar("T")
_MISSING = object()


class InputError(Exception):
    """Becomes a 422 with this text."""


class Fields:
    """A JSON object whose members are taken out one by one; members that are left are unknown ones."""

    def __init__(self, document: object, name: str = "body") -> None:
        if not isinstance(document, dict):
            raise InputError(f"{name} must be a JSON object")
        self._left: dict[str, object] = dict(document)
        self._name = name

    @classmethod
    def parse(cls, raw: bytes) -> "Fields":
        """An empty body counts as an empty object."""
        try:
            return cls(orjson.loads(raw) if raw.strip() else {})
        except orjson.JSONDecodeError:
            raise InputError("body must be JSON") from None

    def whole(self, name: str, default: T, *, low: int = 0, high: int = 2**31) -> int | T:
        value = self._left.pop(name, _MISSING)
        if value is _MISSING:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise InputError(f"{name} must be a whole number from {low} to {high}")
        return value

    def number(self, name: str, *, low: float, high: float) -> float:
        value = self._left.pop(name, None)
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise InputError(f"{name} must be a number from {low} to {high}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise InputError(f"{name} must be true or false")
        return value

    def text(self, name: str, default: T) -> str | T:
        value = self._left.pop(name, _MISSING)
        if value is _MISSING or (value is None and default is None):
            return default
        if not isinstance(value, str) or not value:
            raise InputError(f"{name} must be a text that is not empty")
        return value

    def choice(self, name: str, allowed: Iterable[str]) -> str:
        value = self._left.pop(name, None)
        if not isinstance(value, str) or value not in set(allowed):
            raise InputError(f"{name} must be one of {', '.join(allowed)}")
        return value

    def nested(self, name: str) -> "Fields":
        """An absent member counts as an empty object."""
        return Fields(self._left.pop(name, {}), name)

    def items(self, name: str) -> list[object] | None:
        value = self._left.pop(name, None)
        if value is not None and not isinstance(value, list):
            raise InputError(f"{name} must be a list")
        return value

    def anything(self, name: str) -> object:
        return self._left.pop(name, None)

    def end(self) -> None:
        """Raises InputError when unknown members are left."""
        if self._left:
            raise InputError(f"{self._name} has no member {', '.join(sorted(self._left))}")


def whole_from_query(query: Mapping[str, str], name: str, default: T) -> int | T:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise InputError(f"{name} must be a whole number from 0")
    return int(text)
