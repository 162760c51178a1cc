"""Processes that outlive the launcher: started in their own session, found again by pid file.

A pid file holds the pid and the start time of the process, so that a recycled pid is never taken for
ours. Each process also carries a mark in its environment: it is found by that when its launcher died
before the pid file was written.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from koppel_local.private_files import write_private

MARK = "KOPPEL_LOCAL_PART"
_START_TIME_TOLERANCE = 2.0
"""Seconds. The system computes a start time from the boot time, which moves when the clock is set."""
_LOG_LIMIT = 10 * 1024 * 1024


class _LivesOn(subprocess.Popen[bytes]):
    """A child that is meant to outlive us: its handle may go while it runs, without a warning."""

    def __del__(self, *_: object) -> None:
        """No warning is needed."""


_children: dict[int, _LivesOn] = {}
"""Our own children, to be reaped when they end before us."""


class DetachedProcess:
    """One process of the stack under `state_dir`: `run/<name>.pid`, `logs/<name>.log`."""

    def __init__(self, state_dir: Path, name: str) -> None:
        self.name = name
        self.log = state_dir / "logs" / f"{name}.log"
        self._pid_file = state_dir / "run" / f"{name}.pid"
        self._mark = f"{name}@{state_dir.resolve()}"

    def find(self) -> psutil.Process | None:
        """The running process, or None when it never ran, ended, or its pid now belongs to another."""
        try:
            pid, started = self._pid_file.read_text().split()
            process = psutil.Process(int(pid))
            if abs(process.create_time() - float(started)) > _START_TIME_TOLERANCE:
                return None
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None
        return process if is_running(process) else None

    @property
    def pid(self) -> int | None:
        process = self.find()
        return process.pid if process else None

    def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path | None = None,
        user: int | None = None,
    ) -> None:
        """Start the process in a session of its own, its output appended to its log.

        Raises OSError when the program or the log cannot be opened.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        rotate(self.log)
        with self.log.open("ab") as output:
            child = _LivesOn(
                command,
                cwd=cwd,
                env={**environment, MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        _children[child.pid] = child
        with contextlib.suppress(psutil.NoSuchProcess):
            self.record(psutil.Process(child.pid))

    def record(self, process: psutil.Process) -> None:
        """Write the pid file."""
        write_private(self._pid_file, f"{process.pid} {process.create_time()}\n")

    def strays(self) -> list[psutil.Process]:
        """Processes with our mark that the pid file does not name, and children of ended ones."""
        known = self.pid
        return [p for p in psutil.process_iter() if _mark_of(p) == self._mark and p.pid != known]

    def stop(self, *, grace: float, first: signal.Signals = signal.SIGTERM) -> None:
        """End the process and all that carry its mark: with SIGTERM, and with SIGKILL after `grace` seconds."""
        main = self.find()
        others = self.strays()
        end_processes([main] if main else [], grace=grace, first=first)
        end_processes(others, grace=1.0)
        self._pid_file.unlink(missing_ok=True)


def is_running(process: psutil.Process) -> bool:
    """Whether it runs; reaps it when it is our own child and has ended."""
    try:
        runs = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        runs = False
    if not runs and process.pid in _children:
        _children.pop(process.pid).wait()
    return runs


def processes_of(state_dir: Path) -> list[psutil.Process]:
    """Every process that carries the mark of a part under this folder."""
    ending = f"@{state_dir.resolve()}"
    return [p for p in psutil.process_iter() if (_mark_of(p) or "").endswith(ending)]


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def end_processes(
    processes: Iterable[psutil.Process], *, grace: float, first: signal.Signals = signal.SIGTERM
) -> None:
    """Signal them all, wait up to `grace` seconds, then kill what is left and wait for that."""
    left = list(processes)
    for step, patience in ((first, grace), (signal.SIGKILL, 10.0)):
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(step)
                if process.status() == psutil.STATUS_STOPPED:
                    process.send_signal(signal.SIGCONT)  # a stopped process reacts to SIGKILL only
        left = _still_running(left, patience)
        if not left:
            return


def _still_running(processes: list[psutil.Process], patience: float) -> list[psutil.Process]:
    deadline = time.monotonic() + patience
    while left := [p for p in processes if is_running(p)]:
        if time.monotonic() > deadline:
            return left
        time.sleep(0.01)
    return []


def rotate(log: Path, limit: int = _LOG_LIMIT) -> None:
    """Set a log aside as `.1` once it is larger than `limit` bytes; only done before a start."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > limit:
            log.replace(log.with_suffix(".log.1"))


def inherited_environment(**more: str) -> dict[str, str]:
    """The launcher's environment without what would steer a program that we bundle, plus `more`."""
    dropped = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", MARK}
    kept = {k: v for k, v in os.environ.items() if k not in dropped and not k.startswith("PG")}
    return {**kept, **more}
