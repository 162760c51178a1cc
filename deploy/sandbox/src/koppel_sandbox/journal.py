"""What outlives a restart: an append-only file a provider, of grants, refresh tokens, changes and the last reset.

One JSON array a line, `[kind, facts]`; the first line names the options the sandbox was started with and holds the
provider's signing key, where it has one. Other options make a new file. A last line that a crash cut short is dropped.
"""

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import orjson

from koppel_sandbox.books.changes import Alteration
from koppel_sandbox.documents import JsonObject


class Journal:
    """Without a path nothing is kept. The file holds secrets of the sandbox and is readable by its owner only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lines = list(_read(path)) if path is not None and path.exists() else []
        self._fd: int | None = None

    @property
    def signing_key(self) -> str | None:
        """The key of the file's first line, if there is one."""
        if not self._lines or self._lines[0][0] != "start":
            return None
        return str(self._lines[0][1]["signing_key"])

    def take_over(self, settings: JsonObject, signing_key: str | None = None) -> list[tuple[str, JsonObject]]:
        """What to do again, in order; nothing when the file was begun with other options."""
        if self._path is None:
            return []
        begun = self._lines[0][1] if self._lines else {}
        if begun.get("settings") != orjson.loads(orjson.dumps(settings)):
            self.begin(settings, signing_key)
            return []
        kept = self._lines[1:]
        self._lines = []
        self._rewrite([("start", begun), *kept])
        return kept

    def begin(self, settings: JsonObject, signing_key: str | None = None) -> None:
        """Forgets everything and starts a new file."""
        if self._path is not None:
            self._rewrite([("start", {"settings": settings, "signing_key": signing_key})])

    def record(self, kind: str, facts: JsonObject) -> None:
        if self._fd is not None:
            os.write(self._fd, orjson.dumps([kind, facts]) + b"\n")

    def record_alteration(self, plan: Alteration) -> None:
        self.record("alteration", asdict(plan))

    def _rewrite(self, lines: list[tuple[str, JsonObject]]) -> None:
        if self._path is None:
            return
        if self._fd is not None:
            os.close(self._fd)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(self._path.name + ".new")
        self._fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        os.write(self._fd, b"".join(orjson.dumps(line) + b"\n" for line in lines))
        fresh.replace(self._path)


def _read(path: Path) -> Iterator[tuple[str, JsonObject]]:
    for line in path.read_bytes().splitlines():
        try:
            kind, facts = orjson.loads(line)
        except ValueError:
            return
        yield kind, facts
