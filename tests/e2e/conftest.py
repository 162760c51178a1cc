"""A state folder of its own for a module's stack; nothing of it is left behind."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.chaos.rig.schedule import LONG

from koppel_local.stack.stack import Stack

collect_ignore = [] if LONG else ["split"]
"""Thirty-two processes take a minute to start: they belong to `make chaos PART=roles`."""
Koppel = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def state_dir(new_folder: Callable[[], Path]) -> Iterator[Path]:
    folder = new_folder()
    yield folder
    Stack(folder).down()


@pytest.fixture(scope="module")
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
