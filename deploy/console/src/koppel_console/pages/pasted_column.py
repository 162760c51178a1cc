"""A column that was pasted from a spreadsheet, into the rows of the profile form. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from koppel_console.pages.profile_rows import Row
from koppel_console.pages.typed import comparable, digits

_HEADINGS = ("kvk", "nummer", "number", "naam")
_FEWEST_DIGITS = 7
_EDGES = " \t;,\"'"
"""What stands around columns, and is no part of them."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """The rows with their numbers, and the lines with a number for which there is no row."""

    rows: list[Row]
    left: list[str]


def pasted(rows: Sequence[Row], text: str) -> Pasted:
    """A number a line, down the rows in the order shown (an empty line leaves its row); or name and number, by name.

    A heading is none of the lines. Companies of one name take its lines in turn.
    """
    lines = _without_heading(text.rstrip().splitlines())
    pairs = [_halves(line) for line in lines]
    if any(name and number for name, number in pairs):
        return _by_name(rows, lines, pairs)
    filled = [_with_number(row, line) for row, line in zip(rows, lines, strict=False)]
    left = [line for line in lines[len(rows) :] if _count(line)]
    return Pasted([*filled, *rows[len(filled) :]], left)


def _by_name(rows: Sequence[Row], lines: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Pasted:
    waiting: dict[str, deque[int]] = {}
    for place, (name, _) in enumerate(pairs):
        waiting.setdefault(comparable(name), deque()).append(place)
    filled = []
    for row in rows:
        places = waiting.get(comparable(row.name))
        filled.append(_with_number(row, pairs[places.popleft()][1]) if places else row)
    left = sorted(place for places in waiting.values() for place in places)
    return Pasted(filled, [lines[place] for place in left if _count(pairs[place][1])])


def _without_heading(lines: list[str]) -> list[str]:
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    return lines[first + 1 :] if lines and _is_heading(lines[first]) else lines


def _is_heading(line: str) -> bool:
    """`Naam`, `KvK-nummer`: words of ours and no number."""
    words = line.casefold()
    return _count(line) < _FEWEST_DIGITS and any(each in words for each in _HEADINGS)


def _count(text: str) -> int:
    """Of its digits."""
    return sum(each.isdigit() for each in text)


def _halves(line: str) -> tuple[str, str]:
    """Name and number: the first and the last column. Without a name it is a number alone."""
    columns = [each for each in line.split("\t") if each.strip(_EDGES)]
    if len(columns) > 1:
        return columns[0].strip(_EDGES), columns[-1]
    plain = (columns or [""])[0].strip(_EDGES)
    for separator in ";,":
        name, found, number = plain.rpartition(separator)
        if found and any(each.isalpha() for each in name):
            return name.strip(_EDGES), number
    return "", plain


def _with_number(row: Row, text: str) -> Row:
    number = digits(text)
    return replace(row, kvk_number=number, reason="") if number else row
