"""The reader's schema of an event: the publisher's, open to unknown fields, with each field's description.

Objects may hold more than is named, since fields come within a version. Texts whose values are known are enumerations
that others may join. Instants have their format. `RecordChanged` says for each resource what its `data` holds.
"""

from typing import Any

from koppel.contracts.canonical import CANONICAL
from koppel.contracts.event import Event
from koppel.contracts.gate.history import schema_of
from koppel.contracts.record import RecordChanged

Schema = dict[str, Any]


def reader_schema(event: type[Event]) -> Schema:
    """JSON Schema (2020-12) of the event's value, for readers."""
    schema = schema_of(event)
    if issubclass(event, RecordChanged):
        schema = _by_resource(schema)
    opened: Schema = _opened(schema)
    return opened


def inlined(schema: Schema) -> Schema:
    """The same without references of its own, for a document in which they would point elsewhere."""
    found: Schema = _inlined({name: part for name, part in schema.items() if name != "$defs"}, schema)
    return found


def _by_resource(schema: Schema) -> Schema:
    """`resource` tells the alternatives apart."""
    definitions, alternatives = dict(schema["$defs"]), []
    for resource, model in CANONICAL.items():
        own = model.model_json_schema(mode="serialization")
        definitions |= own.pop("$defs", {})
        definitions[model.__name__] = own
        told = {"resource": {"const": str(resource)}, "data": {"$ref": f"#/$defs/{model.__name__}"}}
        alternatives.append({"title": f"{model.__name__}Changed", "properties": told})
    return {**schema, "$defs": definitions, "oneOf": alternatives}


def _opened(node: Any) -> Any:
    if isinstance(node, list):
        return [_opened(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {
        name: _opened(part) for name, part in node.items() if (name, part) != ("additionalProperties", False)
    }
    if isinstance(properties := found.get("properties"), dict):
        found["properties"] = {name: _untitled(part) for name, part in properties.items()}
    if "x-format" in found:
        found["format"] = found.pop("x-format")
    return _known(found) if "x-extensible-enum" in found else found


def _untitled(field: Schema) -> Schema:
    """A field's title repeats its name."""
    return {name: part for name, part in field.items() if name != "title"}


def _known(text: Schema) -> Schema:
    """One of the values, or a text that came later; null where null is one."""
    values = text.pop("x-extensible-enum")
    options = [{"type": "string", "enum": values}, {"type": "string"}]
    if any(option.get("type") == "null" for option in text.pop("anyOf", ())):
        options.append({"type": "null"})
    text.pop("type", None)
    return {"anyOf": options, **text}


def _inlined(node: Any, root: Schema) -> Any:
    if isinstance(node, list):
        return [_inlined(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        beside = {name: part for name, part in node.items() if name != "$ref"}
        return _inlined({**root["$defs"][node["$ref"].rpartition("/")[2]], **beside}, root)
    return {name: _inlined(part, root) for name, part in node.items()}
