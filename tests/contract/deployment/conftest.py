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
    """`services` by name, what their `env_file` says among their environment; `unset` are variables that have no default."""

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
    document = yaml.safe_load(_filled(text))
    services = {name: _with_files(root, service) for name, service in document["services"].items()}
    return Compose(services, document["volumes"], unset)


def _filled(text: str) -> str:
    return _VARIABLE.sub(lambda found: found[2] or "", text)


def _with_files(root: Path, service: Service) -> Service:
    """Its own environment goes before what stands in a file."""
    given: dict[str, Any] = {}
    for file in service.get("env_file", ()):
        lines = _filled((root / file).read_text(encoding="utf-8")).splitlines()
        given |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {**service, "environment": given | service["environment"]} if given else service
