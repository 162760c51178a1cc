"""Prometheus, and its own tool that evaluates alert rules over made-up series: of the PATH, else Debian's, unpacked into the cache.

Nothing is installed: the package is fetched by the system's own client, and needs no rights.
"""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from koppel_local.failure import SetupFailed
from koppel_local.kafka.jars import cache_folder

_LONGEST = 240
"""Seconds of one step of fetching it."""


def promtool() -> str:
    """Raises `SetupFailed` where it is not to be had."""
    return _found("promtool")


def prometheus() -> str:
    """The server, which only long runs start, so it is fetched when it is asked for. Raises as `promtool`."""
    _bring("prometheus")
    return _found("prometheus")


def bring_promtool() -> None:
    """Fetch it where it is missing and `apt-get` can; elsewhere the tests of alerts say what to install."""
    _bring("promtool")


def _found(program: str) -> str:
    if (found := shutil.which(program)) is not None:
        return found
    if (kept := _kept(program)).is_file():
        return str(kept)
    raise SetupFailed(
        f"{program}_missing",
        f"{program}, which evaluates the alert rules, is neither on the PATH nor in the cache.",
        hint="Install Prometheus 2.42 or newer; on Debian and its like it is fetched.",
    )


def _bring(program: str) -> None:
    kept = _kept(program)
    if shutil.which(program) or kept.is_file() or not shutil.which("apt-get"):
        return
    with TemporaryDirectory() as folder:
        if (package := _fetched(Path(folder))) is None:
            return
        subprocess.run(["dpkg-deb", "--extract", package.name, "tree"], cwd=folder, check=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        came = Path(folder, "tree/usr/bin", program)
        Path(shutil.copy2(came, kept.with_name(f"{program}.{Path(folder).name}"))).replace(kept)


def _kept(program: str) -> Path:
    return cache_folder().parent / program


def _fetched(folder: Path) -> Path | None:
    """By the lists that are there, else by lists of its own."""
    own = [f"-o=Dir::State::Lists={folder / 'lists'}", f"-o=Dir::Cache={folder / 'cache'}"]
    for places, steps in (([], ["download prometheus"]), (own, ["update", "download prometheus"])):
        for step in steps:
            _apt(folder, *places, *step.split())
        if found := sorted(folder.glob("prometheus_*.deb")):
            return found[0]
    return None


def _apt(folder: Path, *arguments: str) -> None:
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["apt-get", "-qq", *arguments], cwd=folder, capture_output=True, check=False, timeout=_LONGEST
    )
