"""What changed between two JSON Schemas of one event, and whom each change breaks.

Producer schemas are closed, consumers read tolerantly: an unknown field is ignored, so adding an optional field is
harmless. Everything else is a break in one direction or the other:

- a *reader of the old* schema meets new events: a removed or now-optional field, another type, a wider enum;
- a *reader of the new* schema meets old events (replay): an added required field, a narrower type or enum.

FULL_TRANSITIVE asks for both, against every earlier revision.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

_WORDS = {"title", "description", "default", "examples", "deprecated", "$defs"}
"""Keywords that explain; they bind nobody."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One breaking change: where, and in words."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path or 'the event'}: {self.what}"


def breaking(old: Schema, new: Schema) -> list[Difference]:
    """Every change from `old` to `new` that breaks a reader of either."""
    return list(_compare(_resolve(old, old), _resolve(new, new), "", old, new))


def _compare(old: Schema, new: Schema, path: str, old_root: Schema, new_root: Schema) -> Iterator[Difference]:
    if "anyOf" in old or "anyOf" in new:
        yield from _compare_unions(old, new, path, old_root, new_root)
        return
    if "properties" in old or "properties" in new:
        yield from _compare_fields(old, new, path, old_root, new_root)
    if "items" in old and "items" in new:
        item_old, item_new = _resolve(old["items"], old_root), _resolve(new["items"], new_root)
        yield from _compare(item_old, item_new, f"{path}[]", old_root, new_root)
    skip = _WORDS | {"properties", "required", "items", "enum"}
    for keyword in sorted((old.keys() | new.keys()) - skip):
        if old.get(keyword) != new.get(keyword):
            yield Difference(path, f"{keyword} changed from {old.get(keyword)!r} to {new.get(keyword)!r}")
    yield from _compare_enums(old, new, path)


def _compare_fields(
    old: Schema, new: Schema, path: str, old_root: Schema, new_root: Schema
) -> Iterator[Difference]:
    before, after = old.get("properties", {}), new.get("properties", {})
    required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() - after.keys()):
        yield Difference(f"{path}/{name}", "was removed")
    for name in sorted((after.keys() - before.keys()) & required_after):
        yield Difference(f"{path}/{name}", "was added as required; events of before lack it")
    for name in sorted(before.keys() & after.keys()):
        if name in required_before and name not in required_after:
            yield Difference(f"{path}/{name}", "is no longer required; earlier readers count on it")
        if name not in required_before and name in required_after:
            yield Difference(f"{path}/{name}", "became required; events of before may lack it")
        field_old, field_new = _resolve(before[name], old_root), _resolve(after[name], new_root)
        yield from _compare(field_old, field_new, f"{path}/{name}", old_root, new_root)


def _compare_unions(
    old: Schema, new: Schema, path: str, old_root: Schema, new_root: Schema
) -> Iterator[Difference]:
    before, after = _alternatives(old, old_root), _alternatives(new, new_root)
    if before.keys() != after.keys():
        yield Difference(
            path, f"type changed from {' | '.join(sorted(before))} to {' | '.join(sorted(after))}"
        )
        return
    for kind in sorted(before):
        yield from _compare(before[kind], after[kind], path, old_root, new_root)


def _alternatives(schema: Schema, root: Schema) -> dict[str, Schema]:
    options = [_resolve(option, root) for option in schema.get("anyOf", [schema])]
    return {str(option.get("title") or option.get("type") or "any"): option for option in options}


def _compare_enums(old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    before, after = old.get("enum"), new.get("enum")
    if before == after:
        return
    if before is None or after is None:
        yield Difference(
            path, "an enumeration became free text" if after is None else "free text became an enumeration"
        )
        return
    if gone := sorted(set(map(str, before)) - set(map(str, after))):
        yield Difference(path, f"no longer allows {', '.join(gone)}; events of before hold it")
    if added := sorted(set(map(str, after)) - set(map(str, before))):
        yield Difference(path, f"now allows {', '.join(added)}; earlier readers switch on the values")


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        extra = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**root["$defs"][schema["$ref"].rpartition("/")[2]], **extra}
    return schema
