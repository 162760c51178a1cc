"""Example events for documents: `examples/<Event>.v<n>.json`, of records one a resource (`….<resource>.json`).

One story: what the demo published, and what it does not meet told on from it. They may be captured again at any time;
the golden events are what stays.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from koppel.contracts.event import Event

FOLDER = Path(__file__).parent.parent / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One event as it lies on its topic. `name`: the resource of a record, else `typical`."""

    name: str
    about: str
    key: str
    headers: dict[str, str]
    value: dict[str, Any]


def examples(event: type[Event], root: Path = FOLDER) -> Sequence[Example]:
    """The examples of one type and version, in order of their names; none for one that is new."""
    name = f"{event.__name__}.v{event.version}"
    return [_read(path, path.stem.removeprefix(name)[1:]) for path in sorted(root.glob(f"{name}*.json"))]


def _read(path: Path, resource: str) -> Example:
    content = json.loads(path.read_text(encoding="utf-8"))
    return Example(
        name=resource or "typical", **{name: content[name] for name in ("about", "key", "headers", "value")}
    )
