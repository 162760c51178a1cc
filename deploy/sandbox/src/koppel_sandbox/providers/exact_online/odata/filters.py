"""The part of OData v2 that lists understand in `$filter`: comparisons joined by `and`, those by `or`."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import parse
from koppel_sandbox.providers.exact_online.errors import ApiError
from koppel_sandbox.providers.exact_online.values import milliseconds

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": eq,
    "ne": ne,
    "gt": gt,
    "ge": ge,
    "lt": lt,
    "le": le,
}
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}
Value = object


@dataclass(frozen=True, slots=True)
class Comparison:
    name: str
    operator: str
    value: Value

    def holds(self, body: JsonObject) -> bool:
        held = body.get(self.name)
        if isinstance(held, str) and held.startswith("/Date(") and isinstance(self.value, int):
            held = milliseconds(held)
        if self.operator in {"eq", "ne"}:
            return _OPERATORS[self.operator](held, self.value)
        same = isinstance(held, str) == isinstance(self.value, str)
        return (
            held is not None
            and self.value is not None
            and same
            and _OPERATORS[self.operator](held, self.value)
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """True when every comparison of one of `ways` is."""

    ways: tuple[tuple[Comparison, ...], ...]

    def holds(self, body: JsonObject) -> bool:
        return any(all(each.holds(body) for each in way) for way in self.ways)

    @property
    def names(self) -> set[str]:
        return {each.name for way in self.ways for each in way}

    def wanted(self, key: str) -> list[str] | None:
        """The keys asked for, when nothing else is."""
        alone = [way[0] for way in self.ways if len(way) == 1]
        if len(alone) < len(self.ways) or any((each.name, each.operator) != (key, "eq") for each in alone):
            return None
        return [str(each.value) for each in alone]


def parse_filter(text: str, names: Collection[str]) -> Filter:
    """Raises ApiError 400 for what is no filter, or names no property."""
    words = list(_words(text))
    ways: list[tuple[Comparison, ...]] = []
    way: list[Comparison] = []
    for start in range(0, len(words), 4):
        term = words[start : start + 3]
        joint = words[start + 3] if start + 3 < len(words) else None
        if len(term) < 3 or term[1] not in _OPERATORS or joint not in {None, "and", "or"}:
            raise ApiError(400, f"Syntax error in '$filter' near word {start + 1}.")
        if term[0] not in names:
            raise ApiError(400, f"No property '{term[0]}' exists.")
        way.append(Comparison(term[0], term[1], _literal(term[2])))
        if joint != "and":
            ways.append(tuple(way))
            way = []
    if not ways or len(words) % 4 != 3:
        raise ApiError(400, "Syntax error in '$filter'.")
    return Filter(tuple(ways))


def _words(text: str) -> Iterator[str]:
    """Split at blanks and parentheses that stand outside quotes."""
    word: list[str] = []
    quoted = False
    for character in text:
        quoted ^= character == "'"
        if character in " ()" and not quoted:
            if word:
                yield "".join(word)
            word = []
        else:
            word.append(character)
    if word:
        yield "".join(word)


def _literal(text: str) -> Value:
    """`12`, `12L`, `0.5`, `'text'`, `guid'…'`, `datetime'…'` (as milliseconds), `true`, `false`, `null`."""
    if text in _WORDS:
        return _WORDS[text]
    kind, quote, rest = text.partition("'")
    if quote:
        return _quoted(kind, rest.removesuffix("'"))
    try:
        return int(text[:-1]) if text[-1:] in {"L", "l"} else int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise ApiError(400, "Unrecognized literal in '$filter'.") from None


def _quoted(kind: str, inner: str) -> Value:
    if kind == "datetime":
        try:
            return parse(inner) // 1000
        except ValueError:
            raise ApiError(400, "Unrecognized 'Edm.DateTime' literal.") from None
    if kind not in {"", "guid"}:
        raise ApiError(400, "Unrecognized literal in '$filter'.")
    return inner.lower() if kind == "guid" else inner.replace("''", "'")
