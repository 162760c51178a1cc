"""Where containers run: the engine that a person has, else one of our own, else one clear line."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from koppel_local.failure import SetupFailed

_TOOLS = ("apt-get", "dpkg", "ip", "nsenter", "pivot_root", "setpriv", "unshare")
_TAIL = 15


class Engine(Protocol):
    """`stands_in`: no registry is asked, images of others are replaced."""

    stands_in: bool

    def command(self, *words: str) -> list[str]:
        """`docker …` as this machine has to start it."""
        ...

    def beside(self, *words: str) -> list[str]:
        """A program of this machine that reaches the published ports."""
        ...

    def shell(self, folder: Path, script: str) -> list[str]:
        """A shell in that folder, where `docker` speaks to this engine."""
        ...

    def path(self, place: Path) -> str:
        """What the engine's own commands call a folder or file of the work folder."""
        ...

    def to_build(self) -> None: ...
    def to_run(self) -> None: ...
    def kill(self) -> bool:
        """End it as a power cut does, and start it again to run. False when it is not ours to kill."""
        ...

    def stop(self) -> None: ...


class PersonsEngine:
    """`docker` as it is on this machine. A registry is asked, and nothing stands in for anything."""

    stands_in = False

    def command(self, *words: str) -> list[str]:
        return ["docker", *words]

    def beside(self, *words: str) -> list[str]:
        return list(words)

    def shell(self, folder: Path, script: str) -> list[str]:
        return ["sh", "-euc", f"cd {shlex.quote(str(folder))}; {script}"]

    def path(self, place: Path) -> str:
        return str(place)

    def to_build(self) -> None:
        """It builds as it is."""

    def to_run(self) -> None:
        """It runs as it is."""

    def kill(self) -> bool:
        return False

    def stop(self) -> None:
        """It is not ours to stop."""


def persons_engine() -> bool:
    """Whether there is an engine that answers, with compose."""
    if shutil.which("docker") is None:
        return False
    asked = (["docker", "info"], ["docker", "compose", "version"])
    return all(subprocess.run(each, capture_output=True, check=False).returncode == 0 for each in asked)


def why_no_engine_of_our_own() -> SetupFailed | None:
    """What keeps this machine from having one of Debian's packages."""
    hint = "Start Docker with its compose plugin, or run this as root on Debian."
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        return SetupFailed("no_engine", "No container engine answers here.", hint=hint)
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        detail = f"No container engine answers here, and {', '.join(missing)} is missing to make one."
        return SetupFailed("no_engine", detail, hint=hint)
    return None


def run(
    words: Sequence[str],
    *,
    said: str,
    environment: Mapping[str, str] | None = None,
    within: float = 900,
    stdin: bytes | None = None,
) -> str:
    """What the command printed. Raises `SetupFailed` with the end of what it said; `said` names it."""
    try:
        done = subprocess.run(
            ["nice", "-n", "5", *words],
            env={**os.environ, **(environment or {})},
            capture_output=True,
            input=stdin,
            timeout=within,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        detail = f"{said} did not end within {within:.0f} s."
        raise SetupFailed("containers_failed", detail, hint="Run it again on a quieter machine.") from error
    out, err = (each.decode(errors="replace") for each in (done.stdout, done.stderr))
    if done.returncode:
        tail = "\n".join((out + err).strip().splitlines()[-_TAIL:])
        hint = "The lines below say why." if tail else "It said nothing."
        raise SetupFailed("containers_failed", f"{said} failed.", hint=hint, log_tail=tail)
    return out
