"""The part of OData that lists understand: `$filter` with comparisons joined by `and`, `$orderby` on one property.

Comparisons of the collection's change time become bounds on whole microseconds, so they need no object to be
read; all others look into the objects.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import parse
from koppel_sandbox.providers.eaccounting.errors import BAD_INPUT, BAD_QUERY, ApiError

_TERM = re.compile(r"\s*(\w+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s')(]+)\s*")
_AND = re.compile(r"and\s+")
_END_OF_TIME = 2**62
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Comparison:
    name: str
    operator: str
    value: Value

    def holds(self, body: JsonObject) -> bool:
        held = body[self.name]
        if self.operator in {"eq", "ne"}:
            return (held == self.value) is (self.operator == "eq")
        if isinstance(held, str) and isinstance(self.value, str):
            return _ordered(self.operator, held > self.value, held == self.value)
        if isinstance(held, int | float) and isinstance(self.value, int | float):
            return _ordered(self.operator, held > self.value, held == self.value)
        return False


@dataclass(slots=True)
class Filter:
    """Change time within `after` and `before` (both inclusive, microseconds), and every comparison true."""

    after: int = -_END_OF_TIME
    before: int = _END_OF_TIME
    comparisons: list[Comparison] = field(default_factory=list)

    @property
    def bounds_time(self) -> bool:
        return self.after > -_END_OF_TIME or self.before < _END_OF_TIME

    def bound(self, operator: str, instant: int) -> None:
        if operator in {"gt", "ge", "eq"}:
            self.after = max(self.after, instant + (operator == "gt"))
        if operator in {"lt", "le", "eq"}:
            self.before = min(self.before, instant - (operator == "lt"))


def _ordered(operator: str, greater: bool, equal: bool) -> bool:
    if operator in {"gt", "ge"}:
        return greater or (equal and operator == "ge")
    return (not greater and not equal) or (equal and operator == "le")


def _instant(text: str) -> int:
    try:
        return parse(text)
    except ValueError:
        raise ApiError(400, BAD_INPUT, f"'{text}' is not a valid date") from None


def _literal(text: str) -> Value:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text in {"true", "false"}:
        return text == "true"
    if text == "null":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def parse_filter(text: str, model: Mapping[str, object], changed: str | None) -> Filter:
    """Raises ApiError 6000 for what is no filter or names no property of the model, 6001 for a bad date."""
    found = Filter()
    position = 0
    while True:
        term = _TERM.match(text, position)
        if term is None:
            raise ApiError(400, BAD_QUERY, f"The filter is not understood at position {position}")
        name, operator, literal = term.groups()
        if name not in model:
            raise ApiError(400, BAD_QUERY, f"'{name}' is not a property that can be filtered on")
        if name == changed and operator != "ne":
            found.bound(operator, _instant(literal))
        elif name.endswith("Utc"):
            _instant(literal)
            found.comparisons.append(Comparison(name, operator, literal))
        else:
            found.comparisons.append(Comparison(name, operator, _literal(literal)))
        position = term.end()
        if position == len(text):
            return found
        joint = _AND.match(text, position)
        if joint is None:
            raise ApiError(400, BAD_QUERY, "Only comparisons joined by 'and' are understood")
        position = joint.end()


def parse_order(text: str, model: Mapping[str, object]) -> tuple[str, bool]:
    """Property and whether the order is descending. Raises ApiError 6000."""
    name, _, direction = text.strip().partition(" ")
    if name not in model or direction.strip() not in {"", "asc", "desc"}:
        raise ApiError(400, BAD_QUERY, f"'{text}' is not an order that is understood")
    return name, direction.strip() == "desc"
