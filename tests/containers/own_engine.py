"""An engine of Debian's packages in namespaces of its own, for a machine that has none. Its images stay in the cache."""

import contextlib
import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.containers.engine import run

from koppel_local.failure import SetupFailed

SCRIPT = Path(__file__).with_name("own_engine.sh")
_CGROUPS = Path("/sys/fs/cgroup")
_STARTS_WITHIN = 60.0
_KEPT = "6GB"
PRUNE = (
    ("image", "prune", "--force"),
    ("builder", "prune", "--force", "--keep-storage", _KEPT),
)
"""What bounds the cache: images that a newer one replaced go, and the layers that were used longest ago."""


class OwnEngine:
    """`cache` keeps roots, images and build layers; `work` is the folder that its commands see as `/tree`."""

    stands_in = True

    def __init__(self, cache: Path, work: Path) -> None:
        self._cache, self._work = cache, work
        self._outer: subprocess.Popen[bytes] | None = None
        self._lock = (cache / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            detail = f"Another run uses the engine in {cache}."
            raise SetupFailed("engine_busy", detail, hint="Wait until it has ended.") from None
        _remove_what_died(cache, work)
        run([str(SCRIPT), "roots", str(cache)], said="Fetching Debian's container engine")

    def command(self, *words: str) -> list[str]:
        return [*self._inside(), "sh", "-c", 'cd /tree && exec docker "$@"', "sh", *words]

    def shell(self, folder: Path, script: str) -> list[str]:
        return [*self._inside(), "sh", "-euc", f"cd {shlex.quote(self.path(folder))}; {script}"]

    def _inside(self) -> list[str]:
        return [*self._enter("-m", "-n", "-p", "-u", "-i", "--root", "--wd"), "--"]

    def beside(self, *words: str) -> list[str]:
        return [*self._enter("-n"), "--", *words]

    def path(self, place: Path) -> str:
        return str(Path("/tree") / place.relative_to(self._work))

    def to_build(self) -> None:
        """With this machine's network, so that packages can be fetched; no container of others runs."""
        self._start("host")
        for words in PRUNE:
            run(self.command(*words), said=f"docker {' '.join(words)}")

    def to_run(self) -> None:
        """With a network of its own: published ports are on 127.0.0.1 there, and nowhere else."""
        self._start("own")

    def kill(self) -> bool:
        assert self._outer is not None, "the engine does not run"
        os.kill(_inner(self._outer), signal.SIGKILL)  # with every container, which are in its namespace
        self._outer.wait(30)
        self._outer = None
        _remove_cgroups()
        self.to_run()
        return True

    def stop(self) -> None:
        outer, self._outer = self._outer, None
        if outer is None:
            return
        with contextlib.suppress(ProcessLookupError, IndexError, FileNotFoundError):
            os.kill(_inner(outer), signal.SIGTERM)
        try:
            outer.wait(30)
        except subprocess.TimeoutExpired:
            outer.kill()  # everything inside ends with it
            outer.wait()
        _remove_cgroups()

    def _start(self, network: str) -> None:
        self.stop()
        with (self._cache / f"dockerd-{network}.log").open("wb") as log:
            serve = [str(SCRIPT), "serve", str(self._cache), str(self._work), network]
            self._outer = subprocess.Popen(["nice", "-n", "5", *serve], stdout=log, stderr=log)
        deadline = time.monotonic() + _STARTS_WITHIN
        while not self._answers():
            if self._outer.poll() is not None or time.monotonic() > deadline:
                self.stop()
                hint = f"Its log says why: {log.name}"
                raise SetupFailed("engine_failed", "The container engine did not start.", hint=hint)
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            version = self.command("version")
        except (IndexError, FileNotFoundError):
            return False
        return subprocess.run(version, capture_output=True, check=False).returncode == 0

    def _enter(self, *namespaces: str) -> list[str]:
        assert self._outer is not None, "the engine does not run"
        return ["nsenter", "--target", str(_inner(self._outer)), *namespaces]


def _inner(outer: subprocess.Popen[bytes]) -> int:
    """The engine's first process, as this machine numbers it."""
    return int(Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()[0])


def _remove_what_died(cache: Path, work: Path) -> None:
    """Folders of runs that were killed: the lock says that none of them lives."""
    for each in cache.glob("run-*"):
        if each != work:
            shutil.rmtree(each, ignore_errors=True)


def _remove_cgroups() -> None:
    """Those of our engine; what is still in use cannot be removed and stays."""
    for folder in sorted(_CGROUPS.glob("**/koppel-containers"), reverse=True):
        for each in sorted((each for each in folder.rglob("*") if each.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                each.rmdir()
        with contextlib.suppress(OSError):
            folder.rmdir()
