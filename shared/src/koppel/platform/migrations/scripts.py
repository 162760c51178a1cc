"""The scripts of a service: the platform's first, then its own, each with the phase that it belongs to."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from koppel.kernel.errors import Permanent

_NAME = re.compile(r"\d{4}_(pre|post)_[a-z][a-z0-9_]*\.sql")


class Phase(StrEnum):
    """When a script runs in a release."""

    PRE = "pre"
    """Before the new code; the code that still runs must go on working."""
    POST = "post"
    """After the last old process is gone."""


@dataclass(frozen=True)
class Script:
    """One `.sql` file; `name` is `<origin>/<file>`."""

    name: str
    phase: Phase
    sql: str

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def scripts(package: str) -> list[Script]:
    """In the order in which they run; `package` holds the service's `migrations` folder.

    Raises `Permanent` when a file's name says no phase.
    """
    folders = (
        ("platform", files("koppel.platform.migrations")),
        (package, files(package).joinpath("migrations")),
    )
    return [_script(origin, file) for origin, folder in folders for file in _sql_files(folder)]


def pending(applied: Collection[str], package: str, phase: Phase | None = None) -> list[str]:
    """Names of the scripts (of one phase) that `applied` lacks. What `applied` has beyond them is newer code's."""
    return [
        script.name
        for script in scripts(package)
        if script.name not in applied and phase in {None, script.phase}
    ]


def _script(origin: str, file: Traversable) -> Script:
    named = _NAME.fullmatch(file.name)
    if named is None:
        raise Permanent(
            "migration_misnamed",
            f"{origin}/{file.name} is not named NNNN_pre_<what>.sql or NNNN_post_<what>.sql.",
        )
    return Script(f"{origin}/{file.name}", Phase(named[1]), file.read_text(encoding="utf-8"))


def _sql_files(folder: Traversable) -> list[Traversable]:
    return sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name
    )
