"""Tables of fields for the catalogue: name, type, and what it holds, from a reader's schema."""

from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any]


def table(schema: Schema, came: Callable[[str], str] = lambda _name: "") -> Iterator[str]:
    """One row a field; `came` adds to a field's type since when it is there."""
    yield "| Field | Type | Holds |"
    yield "|---|---|---|"
    required = set(schema.get("required", ()))
    for name, field in schema["properties"].items():
        optional = "" if name in required else ", optional"
        yield f"| `{name}` | {_type(field)}{optional}{came(name)} | {sentence(field)} |"
    yield ""


def sentence(schema: Schema) -> str:
    """The description on one line."""
    return " ".join(str(schema.get("description", "")).split())


def values_of(schema: Schema) -> str:
    """The values of an enumeration."""
    return " \\| ".join(f"`{value}`" for value in schema["enum"])


def anchor(name: str) -> str:
    """A link to the section of a definition."""
    return f"[{name}](#{name.lower()})"


def _type(field: Schema) -> str:
    if "$ref" in field:
        name = str(field["$ref"]).rpartition("/")[2]
        return "any" if name == "JsonValue" else anchor(name)
    if "anyOf" in field:
        return _alternatives(field["anyOf"])
    if "enum" in field:
        return values_of(field)
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    if field.get("format") == "date-time":
        return "UTC instant (RFC 3339)"
    return str(field.get("format") or field.get("type") or "any")


def _alternatives(options: list[Schema]) -> str:
    known = next((values_of(option) for option in options if "enum" in option), None)
    null = " or null" if {"type": "null"} in options else ""
    if known is not None:
        return f"{known} or other text{null}"
    return " or ".join(_type(option) for option in options)
