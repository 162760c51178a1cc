"""Values made from a JSON Schema, always the same ones: the golden events of a type that is new or changed.

A builder proposes; what is committed under `golden/` is never rewritten, so a later builder changes no old event.
"""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from koppel.contracts.gate.schemas import Schema, resolved

LARGEST_INTEGER = 2**53 - 1
"""What every JSON reader holds exactly (RFC 8259, section 6)."""
ODD_NAME = "Ĳzeren Ü\u0308ber & <Zn> \"‘'\\ \u2028 e\u0301 ﬀ 👩‍👩‍👧 \u202eabc\u202c 日本 \U0001f3e6 \ufeff."
ODD_TEXT = f"{ODD_NAME}\t\r\n\u0001\u007f\u0085"
_IN_KEYS = {"external_id", "stream_key", "stream_topic", "consumer"}
"""Attributes of a CloudEvent hold no control characters, and the key is its subject."""
_LONG_TEXT = 255
_MANY = 25
_MOMENT = "2026-03-29T01:59:59.123456Z"
_LAST_MOMENT = "9999-12-31T23:59:59.999999Z"
_FIRST_MOMENT = "0001-01-01T00:00:00Z"

_KNOWN: dict[str, Any] = {
    "provider": "eaccounting",
    "external_id": "9f4f2f4e-6f0a-4f8e-8a39-0c1f5b7a2d11",
    "name": "Bakkerij De Vries B.V.",
    "kvk_number": "75904695",
    "sbi_version": "2025",
    "code": "10.71",
    "consumer": "invoice-reader",
    "stream_topic": "koppel.administration.v1",
    "stream_key": "0198c0de-0000-7000-8000-000000000003",
    "from_version": 4,
    "to_version": 5,
    "position": 40,
    "total": 120,
    "rule": "default",
    "state": "done",
    "scopes": "ea:api",
    "reason": "removed_by_user",
    "origin": "connection",
    "type": "reauthorization_required",
    "detail": "The login is no longer valid; somebody has to log in again at the accounting package.",
    "cause": "company_blocked",
    "percent": 42,
    "eta_seconds": 95,
    "duration_seconds": 12.5,
    "data": {"number": "4110", "name": "Energie", "type": "5", "type_name": "Kosten", "is_active": True},
}
"""What fields of these names hold in a typical event; the other cases ignore it."""
_MOMENTS = frozenset({"at", "until", "act_by"})
"""Instants beside those whose names end in `_at`."""


def stable_uuid(*seed: str) -> UUID:
    """A UUIDv7 that depends on nothing but its seed."""
    digest = bytearray(hashlib.sha256("/".join(seed).encode()).digest()[:16])
    digest[:6] = (1_774_749_600_000).to_bytes(6, "big")
    digest[6] = 0x70 | digest[6] & 0x0F
    digest[8] = 0x80 | digest[8] & 0x3F
    return UUID(bytes=bytes(digest))


class Samples:
    """Values for one case of one type. `optional`: what becomes of optional fields."""

    def __init__(
        self, seed: str, *, optional: str, leaf: Callable[[str, Schema], Any] | None, items: int
    ) -> None:
        self._seed = seed
        self._optional = optional
        self._leaf = leaf
        self._items = items

    def value(self, schema: Schema, root: Schema, path: str = "") -> Any:
        """A value that the schema allows. Raises LookupError for keywords that no event uses yet."""
        schema = resolved(schema, root)
        if options := schema.get("anyOf") or schema.get("oneOf"):
            wanted = [option for option in options if option.get("type") != "null"]
            return self.value(wanted[0], root, path) if wanted else None
        if "const" in schema:
            return schema["const"]
        if schema.get("type") == "object" and "properties" in schema:
            return self._object(schema, root, path)
        if schema.get("type") == "array":
            return [self.value(schema["items"], root, f"{path}/{number}") for number in range(self._items)]
        return self._scalar(path, schema)

    def _object(self, schema: Schema, root: Schema, path: str) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        found: dict[str, Any] = {}
        for name, field in schema["properties"].items():
            if name in required or self._optional == "given":
                found[name] = self.value(field, root, f"{path}/{name}")
            elif self._optional == "null":
                found[name] = None
        return found

    def _scalar(self, path: str, schema: Schema) -> Any:
        name = next((part for part in reversed(path.split("/")) if not part.isdigit()), "")
        if self._leaf is not None and (value := self._leaf(name, schema)) is not None:
            return value
        return self._typical(path, name, schema)

    def _typical(self, path: str, name: str, schema: Schema) -> Any:
        if "enum" in schema:
            return schema["enum"][_place(path, len(schema["enum"]))]
        if schema.get("format") == "uuid":
            return str(
                stable_uuid(self._seed.partition("#")[0] if name == "organisation_id" else self._seed, path)
            )
        if name in _KNOWN:
            return _KNOWN[name]
        match schema.get("type"):
            case "string" if _is_moment(name, schema):
                return _MOMENT
            case "string" if name.endswith("_by"):
                return str(stable_uuid("user"))
            case "string":
                return f"{name.replace('_', ' ')} of a typical event"
            case "integer":
                return schema.get("minimum", 0) + 3
            case "number":
                return 1.5
            case "boolean":
                return True
            case "object":
                return {"of": [1, {"any": None}], "depth": "free"}
        raise LookupError(f"no sample for {path}: {schema}")


def _place(path: str, among: int) -> int:
    """Items of a list take one value after another."""
    last = path.rpartition("/")[2]
    number = next((int(part) for part in reversed(path.split("/")) if part.isdigit()), 0)
    return (number if last.isdigit() or "/" in path.strip("/") else 0) % among


def odd_text(name: str, schema: Schema) -> Any:
    """Free text as people and providers write it."""
    if _is_free_text(name, schema):
        return ODD_NAME if name in _IN_KEYS else ODD_TEXT
    return {ODD_TEXT: [ODD_TEXT, {"\u2028": "\u0085"}]} if schema.get("type") == "object" else None


def largest(name: str, schema: Schema) -> Any:
    """The upper end of what a field may hold."""
    if "enum" in schema:
        return schema["enum"][-1]
    if _is_free_text(name, schema):
        return "W" * min(_LONG_TEXT, schema.get("maxLength", _LONG_TEXT))
    if _is_moment(name, schema):
        return _LAST_MOMENT
    if schema.get("format") == "uuid":
        return None if name.endswith("_ids") else "ffffffff-ffff-7fff-bfff-ffffffffffff"
    return {"integer": schema.get("maximum", LARGEST_INTEGER), "number": 1e15 + 0.125}.get(
        schema.get("type", "")
    )


def smallest(name: str, schema: Schema) -> Any:
    """The lower end of what a field may hold."""
    if "enum" in schema:
        return schema["enum"][0]
    if _is_free_text(name, schema):
        return "" if not schema.get("minLength") else "i" * schema["minLength"]
    if _is_moment(name, schema):
        return _FIRST_MOMENT
    if schema.get("format") == "uuid":
        return "00000000-0000-7000-8000-000000000000"
    empty: dict[str, Any] = {"integer": schema.get("minimum", 0), "number": 0.0, "object": {}}
    return empty.get(schema.get("type", ""))


def many() -> int:
    """How long a long list is."""
    return _MANY


def _is_moment(name: str, schema: Schema) -> bool:
    return schema.get("type") == "string" and (name.endswith("_at") or name in _MOMENTS)


def _is_free_text(name: str, schema: Schema) -> bool:
    bound = {"enum", "const", "format", "pattern"} & schema.keys()
    return schema.get("type") == "string" and not bound and not _is_moment(name, schema)
