"""What is generated for subscribers: the catalogue, AsyncAPI, the reader's schemas, and types. `gate write` writes it."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from koppel.contracts.asyncapi import asyncapi
from koppel.contracts.bindings import python, typescript
from koppel.contracts.catalogue import pages
from koppel.contracts.reader import reader_schema
from koppel.contracts.registry import EVENTS
from koppel.contracts.topics import SERVICES

ROOT = Path(__file__).parents[5]
"""The clone; elsewhere there are no documents."""
_GENERATED = ("docs/events/asyncapi", "docs/events/schemas")
"""Folders in which nothing else lies."""


def documents() -> dict[str, str]:
    """Texts by their place in the clone."""
    of_the_day = version("koppel-shared")
    return {
        "docs/events/README.md": pages(),
        **{f"docs/events/asyncapi/{name}.json": _json(asyncapi(name, of_the_day)) for name in SERVICES},
        **{
            f"docs/events/schemas/{event.__name__}.v{event.version}.json": _json(reader_schema(event))
            for event in EVENTS
        },
        "docs/subscribers/types/koppel_events.py": python.module(),
        "docs/subscribers/types/koppel_events.ts": typescript.module(),
    }


def problems(root: Path = ROOT) -> Iterator[str]:
    """Documents that are not what the contracts say today, and those that nothing says any more."""
    if not (root / "docs").is_dir():
        return
    wanted = documents()
    for place, text in wanted.items():
        path = root / place
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield f"{place} is not of today; run `... gate write`"
    yield from (f"{place} belongs to nothing; run `... gate write`" for place in _left_over(root, wanted))


def write(root: Path = ROOT) -> Iterator[Path]:
    """Bring all of them up to today."""
    wanted = documents()
    for place in _left_over(root, wanted):
        (root / place).unlink()
    for place, text in wanted.items():
        path = root / place
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            yield path


def _left_over(root: Path, wanted: dict[str, str]) -> list[str]:
    found = [str(path.relative_to(root)) for folder in _GENERATED for path in (root / folder).glob("*.json")]
    return [place for place in found if place not in wanted]


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
