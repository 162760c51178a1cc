"""One stack for the tests of this folder, in a state folder of its own; nothing of it is left behind."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.chaos.rig.schedule import LONG

from koppel_local.stack.stack import Stack
from koppel_local.stack.status import StackStatus, all_ready

collect_ignore = [] if LONG else ["split"]
"""Thirty-two processes take a minute to start: they belong to `make chaos PART=roles`."""
Koppel = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="package")
def state_dir(new_folder: Callable[[], Path]) -> Iterator[Path]:
    folder = new_folder()
    yield folder
    Stack(folder).down()


@pytest.fixture(scope="package")
def koppel(state_dir: Path) -> Koppel:
    """Runs one command of the operators' tool on that stack."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "koppel_cli.main", *arguments],
            env={**os.environ, "KOPPEL_STATE_DIR": str(state_dir)},
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )

    return run


@pytest.fixture
def running(koppel: Koppel, state_dir: Path) -> StackStatus:
    """The stack, which stays up for the next test: a start of it takes twenty seconds of processor time."""
    if not all_ready(Stack(state_dir).status()):
        started = koppel("up")
        assert started.returncode == 0, started.stderr
    return Stack(state_dir).status()
