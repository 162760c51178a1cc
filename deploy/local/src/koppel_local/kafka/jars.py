"""The broker's jars: named with their SHA-256 in a lock file, kept in a cache of the user's."""

import hashlib
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from koppel_local.assets import asset

CENTRAL = "https://repo.maven.apache.org/maven2"
_AT_ONCE = 4
_LINE = re.compile(r"([\w.\-]+):([\w.\-]+):([\w.\-]+) ([0-9a-f]{64}) (\d+)")


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock file; `size` in bytes."""

    group: str
    artifact: str
    version: str
    sha256: str
    size: int

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    @property
    def repository_path(self) -> str:
        """Where a repository in Maven's layout has it."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file_name}"


def read_lock(text: str | None = None) -> tuple[Jar, ...]:
    """The jars of a lock file, the committed one by default. Raises ValueError naming a bad line."""
    lines = (asset("jars.lock").read_text() if text is None else text).splitlines()
    return tuple(_parse(number, line) for number, line in enumerate(lines, 1) if line and line[0] != "#")


def _parse(number: int, line: str) -> Jar:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"jars.lock line {number} is not `group:artifact:version sha256 bytes`: {line!r}")
    group, artifact, version, sha256, size = match.groups()
    return Jar(group, artifact, version, sha256, int(size))


def cache_folder() -> Path:
    """`KOPPEL_CACHE_DIR`, else the user's cache folder by the XDG rule."""
    if chosen := os.environ.get("KOPPEL_CACHE_DIR"):
        return Path(chosen) / "jars"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "koppel" / "jars"


def repository() -> str:
    """`KOPPEL_MAVEN_REPOSITORY`, else Maven Central."""
    return os.environ.get("KOPPEL_MAVEN_REPOSITORY", CENTRAL).rstrip("/")


class JarCache:
    """Jars in a folder that any number of clones and processes may share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, jar: Jar) -> Path:
        return self._folder / jar.repository_path

    def missing(self, jars: Sequence[Jar]) -> list[Jar]:
        """Those not there, or there with other bytes than the lock file says."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            good = list(pool.map(self._holds, jars))
        return [jar for jar, held in zip(jars, good, strict=True) if not held]

    def _holds(self, jar: Jar) -> bool:
        try:
            with self.path(jar).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
        except FileNotFoundError:
            return False
