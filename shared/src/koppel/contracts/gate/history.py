"""Committed schemas of publishers: `schemas/<Event>.v<n>/<revision>.json`, every revision that was ever published.

A revision is what binds somebody. Words are no revision: those of today are in the reader's schemas (`reader.py`).
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from koppel.contracts.event import Event
from koppel.contracts.gate.schemas import canonical, text_of
from koppel.contracts.registry import EVENTS

FOLDER = Path(__file__).parent.parent / "schemas"


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The publisher's JSON Schema (2020-12): closed, since a publisher states nothing that its model lacks."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(mode="serialization"),
    }


def folder_of(event: type[Event], root: Path = FOLDER) -> Path:
    return root / f"{event.__name__}.v{event.version}"


def revisions(event: type[Event], root: Path = FOLDER) -> list[dict[str, Any]]:
    """Oldest first; empty for an event that was never committed."""
    return revisions_in(folder_of(event, root))


def revisions_in(folder: Path) -> list[dict[str, Any]]:
    """The revisions of one folder, oldest first."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("[0-9]*.json"))]


def binds_the_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two schemas differ in words and order only."""
    return text_of(canonical(one)) == text_of(canonical(other))


def write_changed(events: Iterable[type[Event]] = EVENTS, root: Path = FOLDER) -> list[Path]:
    """Add a revision for every event whose model differs from its newest one; earlier ones are never touched."""
    found = [write_revision(folder_of(event, root), schema_of(event)) for event in events]
    return [path for path in found if path is not None]


def write_revision(folder: Path, now: dict[str, Any]) -> Path | None:
    """Add the schema to a folder whose newest revision binds otherwise; None when it does not."""
    known = revisions_in(folder)
    if known and binds_the_same(known[-1], now):
        return None
    path = folder / f"{len(known) + 1:03}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(now, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
