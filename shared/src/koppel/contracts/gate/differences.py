"""What changed between two JSON Schemas of one event, and whom each change breaks.

Producer schemas are closed, consumers read tolerantly: an unknown field is ignored, so adding an optional field is
harmless. Everything else is a break in one direction or the other:

- a *reader of the old* schema meets new events: a removed or now-optional field, another type, a wider enum;
- a *reader of the new* schema meets old events (replay): an added required field, a narrower type or enum.

FULL_TRANSITIVE asks for both, against every earlier revision. Words (titles, descriptions, examples, defaults), order
and the names of definitions bind nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from koppel.contracts.gate.schemas import Schema, canonical, text_of

_BY_PARTS = {
    "anyOf",
    "properties",
    "required",
    "items",
    "additionalProperties",
    "prefixItems",
    "patternProperties",
    "enum",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One breaking change: where, and in words. `everybody`: it breaks readers of the type, whatever they read of it."""

    path: str
    what: str
    everybody: bool = False

    def __str__(self) -> str:
        return f"{self.path or 'the event'}: {self.what}"


def breaking(old: Schema, new: Schema) -> list[Difference]:
    """Every change from `old` to `new` that breaks a reader of either."""
    return list(_compare(canonical(old), canonical(new), ""))


def _compare(old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    if text_of(old) == text_of(new):
        return
    if "anyOf" in old or "anyOf" in new:
        yield from _compare_unions(old, new, path)
        if not ("anyOf" in old and "anyOf" in new):
            return
    yield from _compare_fields(old, new, path)
    for keyword in ("items", "additionalProperties"):
        yield from _compare_part(keyword, old, new, path)
    yield from _compare_places(old, new, path)
    for keyword in sorted((old.keys() | new.keys()) - _BY_PARTS):
        if text_of(old.get(keyword)) != text_of(new.get(keyword)):
            yield Difference(path, f"{keyword} changed from {old.get(keyword)!r} to {new.get(keyword)!r}")
    yield from _compare_enums(old, new, path)


def _compare_fields(old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    before, after = old.get("properties", {}), new.get("properties", {})
    required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() - after.keys()):
        yield Difference(f"{path}/{name}", "was removed")
    for name in sorted((after.keys() - before.keys()) & required_after):
        yield Difference(f"{path}/{name}", "was added as required; events of before lack it", everybody=True)
    for name in sorted(before.keys() & after.keys()):
        if name in required_before and name not in required_after:
            yield Difference(f"{path}/{name}", "is no longer required; earlier readers count on it")
        if name not in required_before and name in required_after:
            yield Difference(
                f"{path}/{name}", "became required; events of before may lack it", everybody=True
            )
        yield from _compare(before[name], after[name], f"{path}/{name}")


def _compare_part(keyword: str, old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    """What a list, or an object with free names, holds."""
    before, after = old.get(keyword, {}), new.get(keyword, {})
    if before and after:
        yield from _compare(before, after, f"{path}[]")
    elif before != after:
        yield Difference(path, f"{keyword} changed from {before!r} to {after!r}")


def _compare_places(old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    for keyword in ("prefixItems", "patternProperties"):
        before, after = _numbered(old.get(keyword, {})), _numbered(new.get(keyword, {}))
        if before.keys() != after.keys():
            yield Difference(path, f"{keyword} changed from {[*before]} to {[*after]}")
        for name in sorted(before.keys() & after.keys()):
            yield from _compare(before[name], after[name], f"{path}[]")


def _numbered(parts: dict[str, Schema] | list[Schema]) -> dict[str, Schema]:
    return {str(number): part for number, part in enumerate(parts)} if isinstance(parts, list) else parts


def _compare_unions(old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    """Alternatives have no names, so each is compared with the one that differs from it the least."""
    before, after = list(old.get("anyOf", [old])), list(new.get("anyOf", [new]))
    if sorted(map(_kind, before)) != sorted(map(_kind, after)):
        yield Difference(path, f"type changed from {_names(before)} to {_names(after)}")
        return
    for alternative in sorted(before, key=lambda one: min(_distance(one, other) for other in after)):
        nearest = min(after, key=lambda other: _distance(alternative, other))
        after.remove(nearest)
        yield from _compare(alternative, nearest, path)


def _distance(old: Schema, new: Schema) -> tuple[bool, int, bool]:
    return (_kind(old) != _kind(new), len(list(_compare(old, new, ""))), text_of(old) != text_of(new))


def _kind(schema: Schema) -> str:
    return str(schema.get("type", "any"))


def _names(alternatives: list[Schema]) -> str:
    return " | ".join(sorted(map(_kind, alternatives)))


def _compare_enums(old: Schema, new: Schema, path: str) -> Iterator[Difference]:
    if "enum" not in old and "enum" not in new:
        return
    if "enum" not in old or "enum" not in new:
        yield Difference(
            path, "free text became an enumeration" if "enum" in new else "an enumeration became free text"
        )
        return
    before, after = set(map(text_of, old["enum"])), set(map(text_of, new["enum"]))
    if gone := sorted(before - after):
        yield Difference(path, f"no longer allows {', '.join(gone)}; events of before hold it")
    if added := sorted(after - before):
        yield Difference(path, f"now allows {', '.join(added)}; earlier readers switch on the values")
