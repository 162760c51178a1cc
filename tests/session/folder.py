"""The folder of one run's servers, and the process that clears it away when the run ends, however it ends."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest
from xdist.workermanage import WorkerController

_TOLD = "run_folder"
_MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of our own is made in it)
_ROOM = 3 * 1024**3
"""Bytes free. A run's servers hold less than 1 GiB; containers often allow 64 MiB in all."""
_CLEARED_WITHIN = 60.0
"""Seconds."""


class RunFolder:
    """Made at the first need by the process that a person started; its workers are told where it is.

    In memory where there is room: making a database on a busy disk costs twenty times the processor time.
    Programs may not be run from it, because memory is often mounted `noexec`.
    """

    def __init__(self, config: pytest.Config) -> None:
        told = getattr(config, "workerinput", {}).get(_TOLD)
        self._path = Path(told) if told else None
        self._sweeper: subprocess.Popen[bytes] | None = None

    @property
    def path(self) -> Path:
        if self._path is None:
            self._path = Path(mkdtemp(prefix="koppel-tests-", dir=_in_memory()))
            self._sweeper = subprocess.Popen(
                [sys.executable, "-m", "tests.session.sweeper", str(self._path)],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
        return self._path

    @contextmanager
    def alone(self, doing: str) -> Iterator[None]:
        """No other process of this run does the same meanwhile."""
        with (self.path / f"{doing}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @pytest.hookimpl
    def pytest_configure_node(self, node: WorkerController) -> None:
        node.workerinput[_TOLD] = str(self.path)

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        if self._sweeper is not None:
            self._sweeper.communicate(timeout=_CLEARED_WITHIN)


def _in_memory() -> Path | None:
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM
    return _MEMORY if roomy else None
