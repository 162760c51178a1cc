"""JSON Schemas in one canonical form, so that only what binds somebody is left to compare.

References are written out, words are dropped, and spellings of the same thing become one: `const` is an `enum` of
one, a list of types is a union, `true` is the empty schema, 1.0 is 1, a bound that bounds nothing is none.
"""

import json
from typing import Any

Schema = dict[str, Any]

_WORDS = {
    "$anchor", "$comment", "$defs", "$id", "$schema", "definitions", "default", "deprecated", "description",
    "discriminator", "examples", "readOnly", "title", "writeOnly",
}  # fmt: skip
"""Keywords that explain; they bind nobody."""
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("dependentSchemas", "patternProperties", "properties")
_SINGLE = (
    "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_NO_BOUND = {"minItems": 0, "minLength": 0, "minProperties": 0, "uniqueItems": False}
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def resolved(schema: Schema, root: Schema) -> Schema:
    """The schema with its own reference followed; keywords beside a reference stay."""
    while "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**_at(root, schema["$ref"]), **beside}
    return schema


def canonical(schema: Schema) -> Schema:
    """The whole schema without references and words."""
    return _canonical(schema, schema, ())


def _at(root: Schema, pointer: str) -> Schema:
    node: Any = root
    for step in pointer.removeprefix("#").strip("/").split("/"):
        if step:
            node = node[step.replace("~1", "/").replace("~0", "~")]
    return _dict(node)


def _dict(schema: Schema | bool) -> Schema:
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    return schema


def _canonical(schema: Schema | bool, root: Schema, above: tuple[str, ...]) -> Schema:
    node = _dict(schema)
    if (pointer := node.get("$ref")) is not None:
        if pointer in above:
            return {"recursive": len(above) - above.index(pointer)}  # by distance: names bind nobody
        above = (*above, pointer)
        node = {**_at(root, pointer), **{key: value for key, value in node.items() if key != "$ref"}}
        return _canonical(node, root, above)
    found = {key: _keyword(key, value, root, above) for key, value in node.items() if _binds(key)}
    return _one_spelling(found)


def _binds(keyword: str) -> bool:
    return keyword not in _WORDS and not keyword.startswith("x-")


def _keyword(name: str, value: Any, root: Schema, above: tuple[str, ...]) -> Any:
    if name in _LISTS:
        return [_canonical(item, root, above) for item in value]
    if name in _MAPS:
        return {key: _canonical(item, root, above) for key, item in value.items()}
    if name in _SINGLE:
        return value if value is False else _canonical(value, root, above)
    return [_number(item) for item in value] if isinstance(value, list) else _number(value)


def _number(value: Any) -> Any:
    """JSON Schema knows one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _one_spelling(schema: Schema) -> Schema:
    _drop_what_binds_nothing(schema)
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "enum" in schema:
        schema["enum"] = sorted(schema["enum"], key=text_of)
        if None in schema["enum"]:
            return _nullable(schema)
        types = {_TYPES.get(type(value)) for value in schema["enum"]}
        if len(types) == 1:
            schema.setdefault("type", types.pop())
    if "required" in schema:
        schema["required"] = sorted(schema["required"])
    if isinstance(kinds := schema.get("type"), list):
        beside = {key: value for key, value in schema.items() if key != "type"}
        schema = {"anyOf": [{**(beside if kind != "null" else {}), "type": kind} for kind in kinds]}
    if "oneOf" in schema and "anyOf" not in schema:
        schema["anyOf"] = schema.pop("oneOf")
    return _flat(schema)


def _drop_what_binds_nothing(schema: Schema) -> None:
    for whole in ("additionalProperties", "items", "unevaluatedProperties"):
        if schema.get(whole) == {}:
            del schema[whole]
    for keyword, value in _NO_BOUND.items():
        if schema.get(keyword) == value:
            del schema[keyword]


def _flat(schema: Schema) -> Schema:
    for group in ("allOf", "anyOf"):
        if len(schema.get(group, ())) == 1:
            only = schema.pop(group)[0]
            schema = _one_spelling({**only, **schema})
    if "anyOf" in schema:
        flat = [inner for option in schema["anyOf"] for inner in _options(option)]
        schema["anyOf"] = sorted(flat, key=text_of)
    return schema


def _nullable(schema: Schema) -> Schema:
    """Null among the values is null as an alternative."""
    values = [value for value in schema["enum"] if value is not None]
    beside = {key: value for key, value in schema.items() if key not in ("enum", "type")}
    options: list[Schema] = [{"type": "null"}, *([_one_spelling({"enum": values})] if values else [])]
    return _flat({**beside, "anyOf": options})


def _options(schema: Schema) -> list[Schema]:
    return schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]


def text_of(value: Any) -> str:
    """A value as text that equal values share: 1 is not "1", and not true."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
