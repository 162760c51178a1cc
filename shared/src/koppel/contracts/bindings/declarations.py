"""The declarations: structures, enumerations and unions, each after the ones that it uses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from koppel.contracts.event import Event
from koppel.contracts.reader import reader_schema
from koppel.contracts.registry import EVENTS

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One field. `optional`: it may be absent."""

    name: str
    about: str
    schema: Schema
    optional: bool


@dataclass(frozen=True, slots=True)
class Structure:
    """An object with named fields; a reader passes over others."""

    name: str
    about: str
    members: Sequence[Member]


@dataclass(frozen=True, slots=True)
class Enumeration:
    """One of these texts."""

    name: str
    about: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Union:
    """One of these structures."""

    name: str
    about: str
    of: Sequence[str]


Declaration = Structure | Enumeration | Union


def declarations() -> list[Declaration]:
    """Every type of every event, each once. Raises `ValueError` for one name with two meanings."""
    found: dict[str, Declaration] = {}
    for event in EVENTS:
        for declared in _of_event(event):
            if found.setdefault(declared.name, declared) != declared:
                raise ValueError(f"{declared.name} means two things")
    return list(found.values())


def _of_event(event: type[Event]) -> Iterator[Declaration]:
    schema = reader_schema(event)
    for name in _in_order(schema.get("$defs", {})):
        yield _declared(name, schema["$defs"][name])
    if "oneOf" not in schema:
        yield _declared(event.__name__, schema)
        return
    for one in schema["oneOf"]:
        merged = {
            name: {**part, **one["properties"].get(name, {})} for name, part in schema["properties"].items()
        }
        yield _declared(one["title"], {**schema, "properties": merged})
    yield Union(event.__name__, _sentence(schema), tuple(one["title"] for one in schema["oneOf"]))


def _declared(name: str, schema: Schema) -> Declaration:
    if "enum" in schema:
        return Enumeration(name, _sentence(schema), tuple(schema["enum"]))
    required = set(schema.get("required", ()))
    members = tuple(
        Member(field, _sentence(part), part, field not in required)
        for field, part in schema["properties"].items()
    )
    return Structure(name, _sentence(schema), members)


def _in_order(definitions: Mapping[str, Schema]) -> list[str]:
    """Names of definitions, each after those that it refers to; free JSON is none."""
    found: dict[str, None] = {}

    def add(name: str) -> None:
        for other in definitions:
            if other != name and other not in found and f"'#/$defs/{other}'" in str(definitions[name]):
                add(other)
        if definitions[name]:
            found[name] = None

    for name in definitions:
        if name not in found:
            add(name)
    return list(found)


def _sentence(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())


class Language(Protocol):
    """How a language spells types."""

    def primitive(self, name: str) -> str:
        """`string`, `integer`, `number`, `boolean`, `null`, or `any`."""

    def literal(self, values: Sequence[str]) -> str: ...

    def known(self, values: Sequence[str]) -> str:
        """One of the values, or any other text."""

    def list_of(self, item: str) -> str: ...

    def map_of(self, item: str) -> str: ...


def spelled(schema: Schema, language: Language) -> str:
    """The type of one place."""
    if "const" in schema:
        return language.literal([schema["const"]])
    if "enum" in schema:
        return language.literal(schema["enum"])
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return language.primitive("any") if name == "JsonValue" else name
    if "anyOf" in schema:
        return _alternatives(schema["anyOf"], language)
    if schema.get("type") == "array":
        return language.list_of(spelled(schema["items"], language))
    if schema.get("type") == "object":
        return language.map_of(spelled(schema.get("additionalProperties") or {}, language))
    return language.primitive(str(schema.get("type", "any")))


def _alternatives(options: Sequence[Schema], language: Language) -> str:
    values = next((option["enum"] for option in options if "enum" in option), None)
    if values is None or {"type": "string"} not in options:
        return " | ".join(spelled(option, language) for option in options)
    null = [language.primitive("null")] if {"type": "null"} in options else []
    return " | ".join([language.known(values), *null])
