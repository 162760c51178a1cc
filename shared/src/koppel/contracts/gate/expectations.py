"""What registered consumers read: `consumers/<consumer>.json` names types and fields, so a break has a name."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from koppel.contracts.event import Event
from koppel.contracts.gate.differences import Difference
from koppel.contracts.gate.schemas import Schema, resolved
from koppel.contracts.registry import EVENTS

FOLDER = Path(__file__).parent.parent / "consumers"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One consumer's reading of one event type; fields are dotted paths (`sector.code`)."""

    consumer: str
    type: str
    fields: tuple[str, ...]


def expectations(folder: Path = FOLDER) -> list[Expectation]:
    """All consumer files."""
    found = []
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found += [
            Expectation(content["consumer"], name, tuple(fields))
            for name, fields in sorted(content["reads"].items())
        ]
    return found


def unmet(known: Iterable[Expectation], events: Iterable[type[Event]] = EVENTS) -> Iterator[str]:
    """Expectations that no current event fulfils."""
    by_type = {event.type_name(): event for event in events}
    for expectation in known:
        event = by_type.get(expectation.type)
        if event is None:
            yield f"{expectation.consumer} reads {expectation.type}, which does not exist"
            continue
        for field in expectation.fields:
            if not _has(event, field):
                yield f"{expectation.consumer} reads {field} of {expectation.type}, which it does not have"


def readers(type_name: str, known: Iterable[Expectation]) -> list[str]:
    """The consumers that read anything of the type."""
    return [expectation.consumer for expectation in known if expectation.type == type_name]


def impact(event: type[Event], difference: Difference, known: Iterable[Expectation]) -> list[str]:
    """The consumers that read the changed place, or all of the type's when the change is everybody's."""
    place = difference.path.strip("/").replace("/", ".").replace("[]", "")
    if difference.everybody or not place:
        return readers(event.type_name(), known)
    return [
        expectation.consumer
        for expectation in known
        if expectation.type == event.type_name()
        and any(
            field == place or field.startswith(f"{place}.") or place.startswith(f"{field}.")
            for field in expectation.fields
        )
    ]


def _has(event: type[Event], field: str) -> bool:
    root = event.model_json_schema(mode="serialization")
    places = [root]
    for name in field.split("."):
        places = [
            option["properties"][name]
            for place in places
            for option in _options(place, root)
            if name in option.get("properties", {})
        ]
    return bool(places)


def _options(schema: Schema, root: Schema) -> Iterator[Schema]:
    """What a place may hold: itself, its alternatives, the items of its list."""
    schema = resolved(schema, root)
    yield schema
    for option in [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())]:
        yield from _options(option, root)
