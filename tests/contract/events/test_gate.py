"""The gate judges changes right: a corpus of breaking and harmless ones, and the tree as it stands."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from koppel.contracts.gate.__main__ import problems
from koppel.contracts.gate.differences import Difference, breaking
from koppel.contracts.gate.expectations import Expectation, impact, unmet
from koppel.contracts.registry import BY_TYPE

Schema = dict[str, Any]
Change = Callable[[Schema], None]

BASE: Schema = {
    "title": "Sample",
    "description": "An event.",
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "state", "count", "company", "tags"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "title": "Id"},
        "state": {"$ref": "#/$defs/State"},
        "count": {"type": "integer", "minimum": 0},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "code": {"type": "string", "pattern": "^[0-9]{8}$"},
        "company": {"$ref": "#/$defs/Company"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Company"}},
    },
    "$defs": {
        "State": {"type": "string", "enum": ["open", "closed"], "title": "State"},
        "Company": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {"name": {"type": "string", "maxLength": 100}, "city": {"type": "string"}},
        },
    },
}


def _set(*path: str, to: Any) -> Change:
    def change(schema: Schema) -> None:
        for step in path[:-1]:
            schema = schema[step]
        schema[path[-1]] = to

    return change


def _drop(*path: str) -> Change:
    def change(schema: Schema) -> None:
        for step in path[:-1]:
            schema = schema[step]
        del schema[path[-1]]

    return change


def _both(*changes: Change) -> Change:
    def change(schema: Schema) -> None:
        for one in changes:
            one(schema)

    return change


COMPANY = ("$defs", "Company")
BREAKING: dict[str, Change] = {
    "remove a required field": _both(
        _drop("properties", "count"), _set("required", to=["id", "state", "company", "tags"])
    ),
    "remove an optional field": _drop("properties", "note"),
    "remove a nested field": _drop(*COMPANY, "properties", "city"),
    "rename a field": _both(_drop("properties", "note"), _set("properties", "remark", to={"type": "string"})),
    "add a required field": _both(
        _set("properties", "new", to={"type": "string"}), _set("required", to=[*BASE["required"], "new"])
    ),
    "add a required nested field": _both(
        _set(*COMPANY, "properties", "street", to={"type": "string"}),
        _set(*COMPANY, "required", to=["name", "street"]),
    ),
    "make an optional field required": _set("required", to=[*BASE["required"], "code"]),
    "make a required field optional": _set("required", to=["id", "state", "company", "tags"]),
    "make a nested field optional": _set(*COMPANY, "required", to=[]),
    "make a nested field required": _set(*COMPANY, "required", to=["name", "city"]),
    "integer to number": _set("properties", "count", "type", to="number"),
    "integer to string": _set("properties", "count", "type", to="string"),
    "string to integer": _set("properties", "code", to={"type": "integer"}),
    "string to array": _set("properties", "code", to={"type": "array", "items": {"type": "string"}}),
    "array to string": _set("properties", "tags", to={"type": "string"}),
    "object to string": _set("properties", "company", to={"type": "string"}),
    "nullable to not nullable": _set("properties", "note", to={"type": "string"}),
    "not nullable to nullable": _set(
        "properties", "count", to={"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}
    ),
    "another alternative": _set("properties", "note", to={"anyOf": [{"type": "integer"}, {"type": "null"}]}),
    "one alternative more": _set(
        "properties", "note", to={"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}
    ),
    "narrow an enum": _set("$defs", "State", "enum", to=["open"]),
    "widen an enum": _set("$defs", "State", "enum", to=["open", "closed", "paused"]),
    "replace an enum value": _set("$defs", "State", "enum", to=["open", "shut"]),
    "enum to free text": _drop("$defs", "State", "enum"),
    "free text to enum": _set("properties", "code", to={"type": "string", "enum": ["a"]}),
    "another format": _set("properties", "id", to={"type": "string", "format": "date-time"}),
    "drop a format": _set("properties", "id", to={"type": "string"}),
    "another pattern": _set("properties", "code", "pattern", to="^[0-9]{9}$"),
    "drop a pattern": _drop("properties", "code", "pattern"),
    "a tighter minimum": _set("properties", "count", "minimum", to=1),
    "a looser minimum": _drop("properties", "count", "minimum"),
    "a shorter text": _set(*COMPANY, "properties", "name", "maxLength", to=50),
    "a longer text": _set(*COMPANY, "properties", "name", "maxLength", to=200),
    "other items": _set("properties", "tags", "items", to={"type": "integer"}),
    "open the object": _set("additionalProperties", to=True),
    "a const": _set("properties", "code", to={"const": "1", "type": "string", "pattern": "^[0-9]{8}$"}),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda _: None,
    "add an optional field": _set("properties", "extra", to={"type": "string"}),
    "add an optional nullable field": _set(
        "properties", "extra", to={"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    ),
    "add an optional enum": _set("properties", "extra", to={"type": "string", "enum": ["a"]}),
    "add an optional object": _set("properties", "extra", to={"$ref": "#/$defs/Company"}),
    "add an optional array": _set("properties", "extra", to={"type": "array", "items": {"type": "string"}}),
    "add an optional nested field": _set(*COMPANY, "properties", "street", to={"type": "string"}),
    "add two optional fields": _both(
        _set("properties", "a", to={"type": "string"}), _set("properties", "b", to={"type": "integer"})
    ),
    "reword the description": _set("description", to="Other words."),
    "describe a field": _set("properties", "count", "description", to="How many."),
    "describe a nested field": _set(*COMPANY, "properties", "name", "description", to="Its name."),
    "retitle the event": _set("title", to="Other"),
    "retitle a field": _set("properties", "id", "title", to="Identifier"),
    "give an example": _set("properties", "code", "examples", to=["12345678"]),
    "deprecate a field": _set("properties", "code", "deprecated", to=True),
    "reorder fields": lambda s: s.update(properties=dict(reversed(s["properties"].items()))),
    "reorder the required": _set("required", to=list(reversed(BASE["required"]))),
    "reorder the enum": _set("$defs", "State", "enum", to=["closed", "open"]),
    "reorder the alternatives": _set(
        "properties", "note", "anyOf", to=[{"type": "null"}, {"type": "string"}]
    ),
    "write a reference out": _set("properties", "company", to=copy.deepcopy(BASE["$defs"]["Company"])),
    "move a definition": _both(
        _set("$defs", "Firm", to=copy.deepcopy(BASE["$defs"]["Company"])),
        _set("properties", "company", to={"$ref": "#/$defs/Firm"}),
    ),
    "an unused definition": _set("$defs", "Unused", to={"type": "string"}),
    "another default": _set("properties", "note", "default", to=""),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_breaking_change_is_refused(name: str) -> None:
    assert breaking(BASE, _changed(BREAKING[name]))


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_change_passes(name: str) -> None:
    assert breaking(BASE, _changed(HARMLESS[name])) == []


def test_the_corpus_is_large_enough() -> None:
    assert len(BREAKING) >= 30
    assert len(HARMLESS) >= 20


def test_the_tree_as_it_stands_passes() -> None:
    assert problems() == []


def test_the_consumer_that_breaks_is_named() -> None:
    event = BY_TYPE["nl.koppel.AdministrationImported.v1"]
    known = [
        Expectation("reader", event.type_name(), ("sector.code",)),
        Expectation("other", event.type_name(), ("name",)),
    ]
    assert impact(event, Difference("/sector/code", "was removed"), known) == ["reader"]
    assert impact(event, Difference("/sector", "was removed"), known) == ["reader"]


def test_an_expectation_of_a_missing_field_or_type_is_unmet() -> None:
    known = [
        Expectation("reader", "nl.koppel.AdministrationImported.v1", ("name", "sector.code", "colour")),
        Expectation("reader", "nl.koppel.NeverHeardOf.v1", ()),
    ]
    assert len(list(unmet(known))) == 2


def _changed(change: Change) -> Schema:
    schema = copy.deepcopy(BASE)
    change(schema)
    return schema
