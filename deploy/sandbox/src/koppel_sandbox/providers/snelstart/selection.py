"""Lists with OData: what a filter asks for, in an order that nobody promises, from `$skip` on."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from koppel_sandbox.books.collection import Collection
from koppel_sandbox.instants import parse
from koppel_sandbox.provider import Answer
from koppel_sandbox.providers.snelstart.books.catalogue import Kind
from koppel_sandbox.providers.snelstart.errors import invalid, refused

LARGEST_PAGE = 500
_SINCE = "modifiedon gt datetime'"


class Slice(NamedTuple):
    skip: int
    top: int
    since: int | None


def asked(query: Mapping[str, str]) -> Slice | Answer:
    """What the options ask for, or the answer that refuses them."""
    numbers = []
    for name, usual, most in (("$skip", 0, 10**9), ("$top", LARGEST_PAGE, LARGEST_PAGE)):
        text = query.get(name, str(usual))
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
            return invalid(name, f"{name} must be a whole number up to {most}")
        numbers.append(int(text))
    since = _since(query["$filter"]) if "$filter" in query else None
    return Slice(numbers[0], numbers[1], since) if not isinstance(since, Answer) else since


def _since(text: str) -> int | Answer:
    """Only the change time is known here: another property is refused as an unknown one is."""
    quoted = text[len(_SINCE) : -1]
    try:
        if text.lower().startswith(_SINCE) and text.endswith("'"):
            return parse(quoted)
    except ValueError:
        pass
    return refused(400, "ALG-0104", "De query bevat een onbekende eigenschap of waarde.")


def select(collection: Collection[Kind], since: int | None) -> Sequence[int]:
    """What changed last comes first: whatever changes while a list is read shifts the rows behind it."""
    changed = collection.changed_at
    wanted = [each for each in collection.indexes if since is None or changed[each] // 1000 * 1000 > since]
    return sorted(wanted, key=lambda each: (-changed[each], each))
