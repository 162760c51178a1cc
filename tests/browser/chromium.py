"""A Chromium to drive: one that is named or installed, else the one that an npm package brings, by its lock file."""

import os
import shutil
import subprocess
from pathlib import Path

from koppel.testing import node
from koppel_local.failure import SetupFailed
from koppel_local.kafka.jars import cache_folder

_PROJECT = Path(__file__).parent / "packages"
_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_HINT = "Install one (`apt-get install chromium`), or name one: KOPPEL_BROWSER=/path/to/chromium make test-browser."
FLAGS = (
    "--no-sandbox",  # the pages are ours; a container seldom allows a sandbox
    "--no-zygote",
    "--disable-gpu",
    "--in-process-gpu",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP elsewhere.example 127.0.0.1",  # somebody else's name for our address
)


def packages() -> Path:
    """The folder with `node_modules`. Raises `SetupFailed`."""
    try:
        return node.installed(_PROJECT, cache_folder().parent)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace")[-400:]
        raise SetupFailed(
            "no_browser", f"npm could not bring axe and Chromium: {said}", hint=_HINT
        ) from error


def chromium(place: Path) -> Path:
    """The program. `place` is where the packages are. Raises `SetupFailed`, with what to install."""
    if named := os.environ.get("KOPPEL_BROWSER"):
        if not Path(named).is_file():
            raise SetupFailed("no_browser", f"KOPPEL_BROWSER names {named}, which is no file.", hint=_HINT)
        return Path(named)
    for command in _COMMANDS:
        if found := shutil.which(command):
            return Path(found)
    return _unpacked(place)


def axe(place: Path) -> str:
    """The source of axe, which looks for what keeps people with a disability out."""
    return (place / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def _unpacked(place: Path) -> Path:
    """Unpacked once, beside the packages; another process that does the same makes the same."""
    program = place / "unpacked" / "chromium"
    if program.exists():
        return program
    half = place / f"unpacked.{os.getpid()}"
    half.mkdir(exist_ok=True)
    commands = node.node_commands(place / ".commands")
    environment = {**node.environment(commands), "TMPDIR": str(half)}
    try:
        subprocess.run(
            [str(commands / "node"), "unpack.mjs"],
            cwd=place,
            env=environment,
            check=True,
            capture_output=True,
        )
        half.rename(program.parent)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace")[-400:]
        raise SetupFailed("no_browser", f"Chromium could not be unpacked: {said}", hint=_HINT) from error
    except OSError:
        shutil.rmtree(half, ignore_errors=True)
    return program
