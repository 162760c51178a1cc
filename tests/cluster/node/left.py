"""What whole nodes leave on this machine: folders, cgroups; and whether anything else is left of them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from koppel_local.failure import SetupFailed

CGROUP = "koppel-cluster"
RUNS = "node-run-"
"""How the folder of a run begins."""
CGROUPS = Path("/sys/fs/cgroup")
_GONE_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class Process:
    id: int
    arguments: list[str]

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.id, signal.SIGKILL)


def processes() -> Iterator[Process]:
    """Those that this process can see."""
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            with suppress(OSError):
                words = (each / "cmdline").read_bytes().decode(errors="replace").split("\0")
                yield Process(int(each.name), words)


def expect_nothing_after_a_kill(script: Path) -> None:
    """A cluster of namespaces whose parent is killed has ended with all that runs in it. Raises `SetupFailed` where that is not so."""
    mark = token_hex(8)
    inside = [str(script), "cluster", "sh", "-c", "sleep 600; :", mark]
    parent = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])", *inside]
    )
    _until(lambda: any(mark in each.arguments for each in _shells()))
    parent.kill()
    parent.wait()
    if not _until(lambda: not any(mark in each.arguments for each in processes())):
        detail = "Namespaces whose parent was killed go on: a run that is killed would leave its nodes."
        raise SetupFailed("namespaces_stay", detail, hint="Is setpriv of util-linux here?")


def _shells() -> Iterator[Process]:
    return (each for each in processes() if each.arguments[0] == "sh")


def _until(holds: Callable[[], bool]) -> bool:
    """Whether it came true."""
    deadline = time.monotonic() + _GONE_WITHIN
    while not (true := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return true


def sweep(parent: Path) -> list[str]:
    """Remove what runs before this one left, which has to be the only one; returns what that was."""
    found = [each for each in sorted(parent.glob(f"{RUNS}*")) if each.is_dir()]
    for each in found:
        shutil.rmtree(each, ignore_errors=True)
    groups = remove_cgroups(CGROUPS)
    return [each.name for each in found] + ([f"{groups} cgroups"] if groups else [])


def remains(folder: Path) -> list[str]:
    """What is still there of a run in that folder."""
    running = [
        f"process {each.id} {each.arguments[0]}"
        for each in processes()
        if any(str(folder) in word for word in each.arguments[1:])
    ]
    mounts = [
        f"mount {line.split()[1]}"
        for line in Path("/proc/mounts").read_text().splitlines()
        if str(folder) in line
    ]
    links = [
        f"interface {each.name}"
        for each in Path("/sys/class/net").iterdir()
        if each.name.startswith(("koppel0", "node-"))
    ]
    groups = [f"cgroup {each / CGROUP}" for each in hierarchies(CGROUPS) if (each / CGROUP).exists()]
    return [*running, *mounts, *links, *groups, *([str(folder)] if folder.exists() else [])]


def hierarchies(root: Path) -> list[Path]:
    """One for each controller, or one for all."""
    if (root / "cgroup.controllers").is_file():
        return [root]
    return [each for each in root.iterdir() if each.is_dir() and not each.is_symlink()]


def make_cgroup(name: str, root: Path) -> None:
    """Where the pods of that node go; a kubelet wants its parent to be there."""
    for hierarchy in hierarchies(root):
        (hierarchy / CGROUP / name).mkdir(parents=True, exist_ok=True)
    for kind in ("cpuset.cpus", "cpuset.mems"):
        given = root / "cpuset" / kind
        for group in (CGROUP, f"{CGROUP}/{name}"):
            if given.is_file():
                (root / "cpuset" / group / kind).write_text(given.read_text())


def remove_cgroups(root: Path) -> int:
    """Ours, once their processes have ended; returns how many there were."""
    removed, deadline = 0, time.monotonic() + _GONE_WITHIN
    for hierarchy in hierarchies(root):
        ours = hierarchy / CGROUP
        while ours.exists():
            for each in sorted((each for each in ours.rglob("*") if each.is_dir()), reverse=True):
                removed += _removed(each)
            removed += _removed(ours)
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
    return removed


def _removed(group: Path) -> int:
    try:
        group.rmdir()
    except OSError:
        return 0
    return 1
