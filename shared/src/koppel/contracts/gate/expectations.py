"""What registered consumers read: `consumers/<consumer>.json` names types and fields, so a break has a name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from koppel.contracts.event import Event
from koppel.contracts.gate.differences import Difference
from koppel.contracts.registry import BY_TYPE

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


def unmet(known: list[Expectation]) -> Iterator[str]:
    """Expectations that no current event fulfils."""
    for expectation in known:
        event = BY_TYPE.get(expectation.type)
        if event is None:
            yield f"{expectation.consumer} reads {expectation.type}, which does not exist"
            continue
        for field in expectation.fields:
            if not _has(event, field):
                yield f"{expectation.consumer} reads {field} of {expectation.type}, which it does not have"


def impact(event: type[Event], difference: Difference, known: list[Expectation]) -> list[str]:
    """The consumers that read the changed place."""
    place = difference.path.strip("/").replace("/", ".").replace("[]", "")
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
    schema: Any = event.model_json_schema(mode="serialization")
    root = schema
    for name in field.split("."):
        options = [schema, *schema.get("anyOf", ())]
        resolved = [root["$defs"][o["$ref"].rpartition("/")[2]] if "$ref" in o else o for o in options]
        found = [option["properties"][name] for option in resolved if name in option.get("properties", {})]
        if not found:
            return False
        schema = found[0]
    return True
