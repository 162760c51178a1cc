"""`$select` and `$expand`: which properties of an object are given, and how."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.exact_online.errors import ApiError


@dataclass(frozen=True, slots=True)
class Selection:
    """`names` is None for all; `nested` the property that holds a collection, `within` what is wanted of its items."""

    names: tuple[str, ...] | None
    nested: str | None
    within: tuple[str, ...] | None
    expands: bool

    def of(self, body: JsonObject, address: str, type_: str) -> JsonObject:
        chosen = body if self.names is None else {name: body[name] for name in self.names if name in body}
        whole: JsonObject = {"__metadata": {"uri": address, "type": type_}, **chosen}
        if self.nested is not None and self.expands:
            whole[self.nested] = {
                "results": [self._item(item, address) for item in _items(body[self.nested])]
            }
        elif self.nested is not None and (self.names is None or self.nested in self.names):
            whole[self.nested] = {"__deferred": {"uri": f"{address}/{self.nested}"}}
        return whole

    def _item(self, item: JsonObject, address: str) -> JsonObject:
        chosen = item if self.within is None else {name: item[name] for name in self.within if name in item}
        return {"__metadata": {"uri": f"{address}/{self.nested}"}, **chosen}


def _items(value: object) -> list[JsonObject]:
    return value if isinstance(value, list) else []


def selection_of(query: Mapping[str, str], names: Collection[str], nested: str | None) -> Selection:
    """Raises ApiError 400 for a name that the entity lacks."""
    expanded = _names(query.get("$expand", ""))
    if any(each != nested for each in expanded):
        raise ApiError(400, "Could not find a property to expand.")
    chosen = _names(query.get("$select", ""))
    flat = tuple(name for name in chosen if "/" not in name and name != "*")
    within = tuple(
        name.partition("/")[2] for name in chosen if name.partition("/")[0] == nested and "/" in name
    )
    unknown = [name for name in flat if name not in names]
    unknown += [name for name in chosen if "/" in name and name.partition("/")[0] not in expanded]
    if unknown:
        raise ApiError(400, f"Could not find a property named '{unknown[0]}'.")
    takes_all = not chosen or "*" in chosen
    return Selection(
        None if takes_all else flat, nested, None if not within or "*" in within else within, bool(expanded)
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
