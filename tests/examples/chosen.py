"""Which events are shown: those of one administration, the fullest of each type, of the fullest the shortest."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from koppel.contracts.gate.examples import FOLDER

from .captured import Told


def choose(told: Iterable[Told]) -> dict[str, Told]:
    """By name of its file: `RecordChanged.v1.contact`, `ConnectionCreated.v1`."""
    events = list(told)
    shown = _of_one_administration(events)
    found: dict[str, Told] = {}
    for each in shown:
        name = file_name(each)
        if name not in found or _fullness(each) > _fullness(found[name]):
            found[name] = each
    return found


def write(chosen: Mapping[str, Told], folder: Path = FOLDER) -> Iterator[Path]:
    """All of them anew; files of before go."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.json"):
        path.unlink()
    for name, each in sorted(chosen.items()):
        content = {
            "about": each.about,
            "topic": each.topic,
            "key": each.key,
            "headers": each.headers,
            "value": each.value,
        }
        path = folder / f"{name}.json"
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        yield path


def file_name(each: Told) -> str:
    """Without `.json`."""
    return f"{each.name}.{each.value['resource']}" if each.name == "RecordChanged.v1" else each.name


def _of_one_administration(events: list[Told]) -> list[Told]:
    """The administration of which a record was deleted: it met the most."""
    watched = next(each.value for each in events if each.name == "RecordDeleted.v1")["administration_id"]
    external_id = next(
        each.value["external_id"]
        for each in events
        if each.name == "AdministrationImported.v1" and each.key == watched
    )
    return [each for each in events if _belongs(each, watched, external_id)]


def _belongs(each: Told, administration_id: str, external_id: str) -> bool:
    company = each.value.get("company") or {"external_id": external_id}
    return (
        each.value.get("administration_id", administration_id) == administration_id
        and company["external_id"] == external_id
    )


def _fullness(each: Told) -> tuple[int, int]:
    return _given(each.value), -len(json.dumps(each.value))


def _given(value: Any) -> int:
    """Fields with something in them, of a list those of its first item."""
    if isinstance(value, dict):
        return sum(_given(part) for part in value.values())
    if isinstance(value, list):
        return _given(value[0]) if value else 0
    return int(value not in (None, ""))
