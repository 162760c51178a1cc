"""Changes that look like others: what a textual comparison misses, and what it cries about for nothing."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from koppel.contracts.gate.differences import breaking

Schema = dict[str, Any]
Change = Callable[[Schema], object]

BASE: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Sample",
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "payment", "title", "tree"],
    "properties": {
        "kind": {"const": "sample"},
        "payment": {
            "oneOf": [{"$ref": "#/$defs/Card"}, {"$ref": "#/$defs/Transfer"}],
            "discriminator": {"propertyName": "by"},
        },
        "title": {"type": "string", "minLength": 1},
        "by_code": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Amount"}},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"$ref": "#/$defs/Amount"}]},
        "free": {"type": "array", "items": {"type": "string"}},
        "address": {"anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}], "default": None},
        "moment": {
            "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
        },
        "level": {"type": "integer", "enum": [1, 2]},
        "mixed": {"enum": [1, "two", 3]},
        "tree": {"$ref": "#/$defs/Tree"},
        "required": {"type": "string"},
    },
    "$defs": {
        "Card": {
            "type": "object",
            "title": "Card",
            "required": ["by", "number"],
            "properties": {"by": {"const": "card"}, "number": {"type": "string"}},
        },
        "Transfer": {
            "type": "object",
            "title": "Transfer",
            "required": ["by", "account"],
            "properties": {"by": {"const": "transfer"}, "account": {"type": "string"}},
        },
        "Amount": {"type": "object", "required": ["cents"], "properties": {"cents": {"type": "integer"}}},
        "Address": {
            "title": "Address",
            "type": "object",
            "additionalProperties": False,
            "required": ["street"],
            "properties": {"street": {"type": "string"}},
        },
        "Tree": {
            "type": "object",
            "required": ["label"],
            "properties": {
                "label": {"type": "string"},
                "below": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            },
        },
    },
}


def _at(schema: Any, path: str) -> Any:
    for step in path.split("."):
        schema = schema[int(step) if step.isdecimal() else step]
    return schema


def put(path: str, value: Any) -> Change:
    def change(schema: Schema) -> None:
        above, _, last = path.rpartition(".")
        place: Any = _at(schema, above) if above else schema
        place[int(last) if last.isdecimal() else last] = value

    return change


def gone(path: str) -> Change:
    return lambda schema: _at(schema, path.rpartition(".")[0]).pop(path.rpartition(".")[2])


def every(*changes: Change) -> Change:
    return lambda schema: [change(schema) for change in changes]


def renamed(old: str, new: str, **more: Any) -> Change:
    """A definition under another name; every reference follows."""

    def follow(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                k: f"#/$defs/{new}" if (k, v) == ("$ref", f"#/$defs/{old}") else follow(v)
                for k, v in node.items()
            }
        return [follow(item) for item in node] if isinstance(node, list) else node

    def change(schema: Schema) -> None:
        schema["$defs"][new] = {**schema["$defs"].pop(old), **more}
        schema.update(follow(schema))

    return change


D, P = "$defs", "properties"
BREAKING: dict[str, Change] = {
    "a nullable field becomes required": put("required", [*BASE["required"], "address"]),
    "a field inside a nullable object is removed": every(
        gone(f"{D}.Address.{P}.street"), put(f"{D}.Address.required", [])
    ),
    "a field inside a nullable object becomes optional": put(f"{D}.Address.required", []),
    "null is no longer an alternative": put(f"{P}.address", {"$ref": "#/$defs/Address"}),
    "a variant of a tagged union changes inside its definition": put(
        f"{D}.Card.{P}.number", {"type": "integer"}
    ),
    "a tagged union gets a variant": put(
        f"{P}.payment.oneOf", [*BASE[P]["payment"]["oneOf"], {"type": "string"}]
    ),
    "a tagged union loses a variant": put(f"{P}.payment.oneOf", [{"$ref": "#/$defs/Card"}]),
    "the tag of a variant changes": put(f"{D}.Transfer.{P}.by", {"const": "bank"}),
    "the values of a map change inside their definition": put(f"{D}.Amount.{P}.cents", {"type": "number"}),
    "the values of a map become anything": put(f"{P}.by_code.additionalProperties", True),
    "a map becomes a closed object": put(f"{P}.by_code.additionalProperties", False),
    "a place of a tuple is added": put(
        f"{P}.pair.prefixItems", [*BASE[P]["pair"]["prefixItems"], {"type": "null"}]
    ),
    "the items of a list become anything": gone(f"{P}.free.items"),
    "the items of a list are bound": put(f"{P}.free.items", {"type": "string", "maxLength": 3}),
    "one of two alternatives of one type changes its format": put(
        f"{P}.moment.anyOf", [{"type": "string", "format": "date"}, {"type": "string", "format": "time"}]
    ),
    "one of two alternatives of one type goes": put(
        f"{P}.moment.anyOf", [{"type": "string", "format": "date"}]
    ),
    "a number in an enumeration becomes its text": put(f"{P}.level", {"enum": ["1", "2"]}),
    "a number among texts becomes its text": put(f"{P}.mixed.enum", ["1", "two", 3]),
    "one in an enumeration becomes true": put(f"{P}.level.enum", [True, 2]),
    "a constant becomes a choice": put(f"{P}.kind", {"enum": ["sample", "other"]}),
    "a constant becomes another": put(f"{P}.kind", {"const": "example"}),
    "a shorter text is allowed": put(f"{P}.title.minLength", 0),
    "a bound beside the alternatives": put(f"{P}.moment.maxLength", 30),
    "a recursive definition changes": put(f"{D}.Tree.{P}.label", {"type": "integer"}),
    "a recursive definition stops to recurse": put(f"{D}.Tree.{P}.below.items", {"type": "string"}),
    "a type becomes a list of types": put(f"{P}.required.type", ["string", "null"]),
    "a field of the name of a keyword changes": put(f"{P}.required", {"type": "integer"}),
    "a field of the name of a word is removed": every(
        gone(f"{P}.title"), put("required", ["kind", "payment", "tree"])
    ),
    "items must differ": put(f"{P}.free.uniqueItems", True),
    "a nested object is closed": put(f"{D}.Amount.additionalProperties", False),
    "a field allows nothing": put(f"{P}.required", False),
}
HARMLESS: dict[str, Change] = {
    "a definition in a union is renamed and retitled": renamed(
        "Address", "PostalAddress", title="PostalAddress"
    ),
    "a variant of a tagged union is renamed": renamed("Card", "CardPayment", title="CardPayment"),
    "a recursive definition is renamed": renamed("Tree", "Branch"),
    "a union tells no tag any more": gone(f"{P}.payment.discriminator"),
    "a tagged union is written as any of": put(f"{P}.payment", {"anyOf": BASE[P]["payment"]["oneOf"][::-1]}),
    "a constant is written as a choice of one": put(f"{P}.kind", {"enum": ["sample"], "type": "string"}),
    "an optional field inside a nullable object": put(f"{D}.Address.{P}.city", {"type": "string"}),
    "an optional field inside a variant": put(f"{D}.Card.{P}.expires", {"type": "string"}),
    "an optional field inside a recursion": put(f"{D}.Tree.{P}.colour", {"type": "string"}),
    "an optional field with an enumeration of its own": put(f"{P}.later", {"enum": ["a", "b"]}),
    "an open object says so": put(f"{D}.Amount.additionalProperties", True),
    "a list of anything says so": put(f"{P}.pair.items", True),
    "another dialect": put("$schema", "http://json-schema.org/draft-07/schema#"),
    "an identifier and a comment": every(put("$id", "urn:x"), put(f"{P}.title.$comment", "why")),
    "a note of a tool": put(f"{P}.title.x-order", 3),
    "another default": put(f"{P}.address.default", {"street": ""}),
    "a reference with words beside it": put(f"{P}.tree", {"$ref": "#/$defs/Tree", "description": "grows"}),
    "one alternative written as a union": put(f"{P}.title", {"anyOf": [{"type": "string", "minLength": 1}]}),
    "a reference wrapped in all of": put(f"{P}.tree", {"allOf": [{"$ref": "#/$defs/Tree"}], "title": "T"}),
    "a number written as a decimal": put(f"{P}.title.minLength", 1.0),
    "a whole number in an enumeration written as a decimal": put(f"{P}.level.enum", [1.0, 2]),
    "a bound of nothing": every(put(f"{P}.free.minItems", 0), put(f"{P}.free.uniqueItems", False)),
    "null written among the values": every(
        put(f"{P}.later", {"enum": ["a", None]}), put(f"{P}.address.anyOf.1", {"enum": [None]})
    ),
    "alternatives in another order": put(f"{P}.moment.anyOf", BASE[P]["moment"]["anyOf"][::-1]),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_breaking_change_is_refused(name: str) -> None:
    assert breaking(BASE, _changed(BREAKING[name]))


@pytest.mark.parametrize("name", BREAKING)
def test_undoing_a_breaking_change_is_one_too(name: str) -> None:
    """Full compatibility looks both ways; only what adds or drops an optional field is told apart, and none of these is."""
    changed = _changed(BREAKING[name])
    assert breaking(changed, BASE)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_change_passes(name: str) -> None:
    assert breaking(BASE, _changed(HARMLESS[name])) == []


def test_a_nullable_may_be_written_as_a_list_of_types() -> None:
    union: Schema = {"properties": {"a": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}}}
    listed: Schema = {"properties": {"a": {"type": ["string", "null"], "maxLength": 3}}}
    assert breaking(union, listed) == []


def test_the_place_of_a_change_is_named() -> None:
    found = {str(one) for one in breaking(BASE, _changed(put(f"{D}.Amount.{P}.cents", {"type": "number"})))}
    assert found == {
        "/by_code[]/cents: type changed from 'integer' to 'number'",
        "/pair[]/cents: type changed from 'integer' to 'number'",
    }


def _changed(change: Change) -> Schema:
    schema = copy.deepcopy(BASE)
    change(schema)
    return schema
