"""Interfaces for TypeScript: what `JSON.parse` gives is one."""

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

_HEAD = """// Koppel's events as JSON.parse makes them of a record's value.
// Generated from the reader's schemas by `python -m koppel.contracts.gate write`; do not edit. Copy it to your own code.
// `Events` names the type that belongs to a `ce_type`.
"""
_PRIMITIVES = {
    "string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null", "any": "unknown",
}  # fmt: skip


class _TypeScript:
    def primitive(self, name: str) -> str:
        return _PRIMITIVES[name]

    def literal(self, values: Sequence[str]) -> str:
        return " | ".join(map(json.dumps, values))

    def known(self, values: Sequence[str]) -> str:
        return f"{self.literal(values)} | (string & {{}})"

    def list_of(self, item: str) -> str:
        return f"({item})[]" if "|" in item else f"{item}[]"

    def map_of(self, item: str) -> str:
        return f"{{ [name: string]: {item} }}"


_LANGUAGE = _TypeScript()


def module() -> str:
    """The text of `koppel_events.ts`."""
    parts = [_HEAD, *("\n".join(_lines(declared)) + "\n" for declared in declarations())]
    by_type = "".join(f"  {json.dumps(event.type_name())}: {event.__name__};\n" for event in EVENTS)
    return "\n".join([*parts, f"export interface Events {{\n{by_type}}}\n"])


def _lines(declared: Declaration) -> Iterator[str]:
    yield f"/** {declared.about} */"
    match declared:
        case Structure(name, _, members):
            yield f"export interface {name} {{"
            for member in members:
                yield f"  /** {member.about} */"
                yield f"  {member.name}{'?' if member.optional else ''}: {spelled(member.schema, _LANGUAGE)};"
            yield "}"
        case Enumeration(name, _, values):
            yield f"export type {name} = {_LANGUAGE.literal(values)};"
        case Union(name, _, of):
            yield f"export type {name} = {' | '.join(of)};"
