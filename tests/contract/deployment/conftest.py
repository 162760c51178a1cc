"""The compose file as the engine would read it: variables filled in, anchors merged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_EMPTY = {"KOPPEL_OTLP_ENDPOINT"}
"""Empty means not set."""
Service = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Compose:
    """`services` by name; `unset` are variables that have no default."""

    services: Mapping[str, Service]
    volumes: Mapping[str, Any]
    unset: frozenset[str]


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[3]


@pytest.fixture(scope="session")
def compose(root: Path) -> Compose:
    text = (root / "docker-compose.yml").read_text(encoding="utf-8")
    unset = frozenset(name for name, default in _VARIABLE.findall(text) if not default and name not in _EMPTY)
    document = yaml.safe_load(_VARIABLE.sub(lambda found: found[2] or "", text))
    return Compose(document["services"], document["volumes"], unset)
