"""The committed schemas: `schemas/<Event>.v<n>/<revision>.json`, every revision that was ever published."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from koppel.contracts.event import Event
from koppel.contracts.registry import EVENTS

FOLDER = Path(__file__).parent.parent / "schemas"


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The event's JSON Schema as a subscriber gets it (2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **event.model_json_schema(mode="serialization"),
    }


def folder_of(event: type[Event], root: Path = FOLDER) -> Path:
    return root / f"{event.__name__}.v{event.version}"


def revisions(event: type[Event], root: Path = FOLDER) -> list[dict[str, Any]]:
    """Oldest first; empty for an event that was never committed."""
    return [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder_of(event, root).glob("[0-9]*.json"))
    ]


def write_changed(events: Iterable[type[Event]] = EVENTS, root: Path = FOLDER) -> list[Path]:
    """Add a revision for every event whose model differs from its newest one; earlier ones are never touched."""
    written = []
    for event in events:
        known, now = revisions(event, root), schema_of(event)
        if not known or known[-1] != now:
            path = folder_of(event, root) / f"{len(known) + 1:03}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(now, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            written.append(path)
    return written
