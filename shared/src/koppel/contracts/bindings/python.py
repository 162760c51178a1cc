"""Typed dictionaries for Python: what `json.loads` gives is one."""

import json
from collections.abc import Iterator, Sequence

from koppel.contracts.bindings.declarations import (
    Declaration,
    Enumeration,
    Structure,
    Union,
    declarations,
    spelled,
)
from koppel.contracts.registry import EVENTS

_HEAD = '''"""Koppel's events as typed dictionaries: what `json.loads` makes of a record's value.

Generated from the reader's schemas by `python -m koppel.contracts.gate write`; do not edit. Copy it to your own code:
it needs Python 3.11 and nothing else. `EVENTS` names the type that belongs to a `ce_type`.
"""
# fmt: off

from typing import Any, Literal, NotRequired, TypedDict
'''
_PRIMITIVES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "any": "Any",
}


class _Python:
    def primitive(self, name: str) -> str:
        return _PRIMITIVES[name]

    def literal(self, values: Sequence[str]) -> str:
        return f"Literal[{', '.join(map(_quoted, values))}]"

    def known(self, values: Sequence[str]) -> str:
        return f"{self.literal(values)} | str"

    def list_of(self, item: str) -> str:
        return f"list[{item}]"

    def map_of(self, item: str) -> str:
        return f"dict[str, {item}]"


_LANGUAGE = _Python()


def module() -> str:
    """The text of `koppel_events.py`."""
    parts = [_HEAD, *("\n".join(_lines(declared)) + "\n" for declared in declarations())]
    by_type = "".join(f"    {_quoted(event.type_name())}: {event.__name__},\n" for event in EVENTS)
    return "\n\n".join([*parts, f"EVENTS: dict[str, Any] = {{\n{by_type}}}\n"])


def _lines(declared: Declaration) -> Iterator[str]:
    match declared:
        case Structure(name, about, members):
            yield f"class {name}(TypedDict):"
            yield f"    {_doc(about)}\n"
            for member in members:
                kind = spelled(member.schema, _LANGUAGE)
                yield f"    {member.name}: {f'NotRequired[{kind}]' if member.optional else kind}"
                yield f"    {_doc(member.about)}"
        case Enumeration(name, about, values):
            yield f"{name} = {_LANGUAGE.literal(values)}"
            yield _doc(about)
        case Union(name, about, of):
            yield f"{name} = {' | '.join(of)}"
            yield _doc(about)


def _quoted(text: str) -> str:
    return json.dumps(text)


def _doc(text: str) -> str:
    return f'"""{text}"""'
