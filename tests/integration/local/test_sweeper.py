"""A run that is killed leaves no server and no folder."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from koppel_local.postgres.server import PostgresServer
from koppel_local.process.detached import DetachedProcess


def test_what_runs_in_the_folder_of_a_dead_run_is_ended(new_folder: Callable[[], Path]) -> None:
    folder = new_folder()
    database, stubborn = (
        PostgresServer(folder, durable=False),
        DetachedProcess(folder / "own" / "state", "part"),
    )
    database.start()
    stubborn.start(["sh", "-c", "trap '' TERM; sleep 600 & wait"], environment={})
    pids = [database.pid, stubborn.pid]

    subprocess.run(
        [sys.executable, "-m", "tests.session.sweeper", str(folder)],
        stdin=subprocess.DEVNULL,
        cwd=Path(__file__).parents[3],
        check=True,
    )

    assert not folder.exists()
    assert not [pid for pid in pids if psutil.pid_exists(pid or 0) and _runs(pid or 0)]


def _runs(pid: int) -> bool:
    return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
