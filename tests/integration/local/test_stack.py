"""`koppel up` and `down` on real servers: what died comes back, and nothing is left behind.

Services and console are stand-ins: the launcher is under test, not they.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from koppel_local.process.detached import processes_of
from koppel_local.stack.layout import PART_NAMES, SERVICES, log_file
from koppel_local.stack.stack import Stack
from koppel_local.stack.status import all_ready

pytestmark = pytest.mark.slow
STAND_IN = Path(__file__).parent / "stand_in" / "main.py"


@dataclass(frozen=True)
class Koppel:
    """The `koppel` command on one state folder."""

    state_dir: Path
    environment: dict[str, str]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "koppel_cli.main", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environment, stdout=pipe, stderr=pipe, text=True)

    def run(self, *arguments: str) -> str:
        """What the command prints; it must succeed."""
        process = self.start(*arguments)
        out, told = process.communicate(timeout=100)
        assert process.returncode == 0, told
        return out

    def be_up(self) -> None:
        """By `up`, unless another test left it so."""
        if not all_ready(Stack(self.state_dir).status()):
            self.run("up")

    def pids(self) -> dict[str, int]:
        """Main process of each part; all must be ready."""
        status = Stack(self.state_dir).status()
        parts = {
            **status["services"],
            "postgres": status["postgres"],
            "kafka": status["kafka"],
            "sandbox": status["sandbox"],
            "identity": status["identity"],
            "console": status["console"],
        }
        assert all_ready(status)
        return {name: part["pids"][0] for name, part in parts.items()}

    def processes(self) -> list[psutil.Process]:
        """Everything that belongs to this stack, found without its pid files."""
        data = str(self.state_dir / "postgres")
        return [*processes_of(self.state_dir), *(p for p in psutil.process_iter() if _folder_of(p) == data)]


def _folder_of(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except (psutil.Error, OSError):
        return ""


def eventually(condition: Callable[[], bool], within: float = 30.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[Path]:
    """A folder with packages named like the services' and the console's."""
    with tempfile.TemporaryDirectory() as folder:
        for name in (*(service.package for service in SERVICES), "koppel_console"):
            package = Path(folder) / name
            (package / "migrations").mkdir(parents=True)
            (package / "migrations/0001_post_nothing.sql").touch()
            (package / "__init__.py").touch()
            shutil.copy(STAND_IN, package / "main.py")
        yield Path(folder)


@pytest.fixture(scope="module")
def koppel(stand_ins: Path, new_folder: Callable[[], Path]) -> Iterator[Koppel]:
    """One stack for the tests of this file; each brings it up itself."""
    state_dir = new_folder() / "state"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KOPPEL_")}
    for name in ("KOPPEL_CACHE_DIR", "KOPPEL_MAVEN_REPOSITORY"):
        if name in os.environ:
            kept[name] = os.environ[name]
    stack = Koppel(state_dir, {**kept, "KOPPEL_STATE_DIR": str(state_dir), "PYTHONPATH": str(stand_ins)})
    try:
        yield stack
    finally:
        stack.run("down")


def test_up_makes_every_part_ready_and_a_second_up_changes_nothing(koppel: Koppel) -> None:
    koppel.run("up")
    before = koppel.pids()
    assert set(before) == set(PART_NAMES)
    koppel.run("up")
    assert koppel.pids() == before


def test_a_second_process_of_a_service_comes_and_goes_as_up_is_told(koppel: Koppel) -> None:
    koppel.be_up()
    before = koppel.pids()
    wider = replace(koppel, environment={**koppel.environment, "KOPPEL_PROCESSES": "sync-svc=2"})
    wider.run("up")
    both = koppel.pids()
    assert set(both) - set(before) == {"sync-svc-2"}
    koppel.run("up")
    assert koppel.pids() == both, "what up was told is kept"
    replace(koppel, environment={**koppel.environment, "KOPPEL_PROCESSES": "sync-svc=1"}).run("up")
    assert koppel.pids() == before
    assert both["sync-svc-2"] not in {process.pid for process in processes_of(koppel.state_dir)}


def test_up_applies_pre_before_a_service_runs_and_post_when_it_is_ready(koppel: Koppel) -> None:
    koppel.be_up()
    for service in SERVICES:
        told = log_file(koppel.state_dir, service.name).read_text(encoding="utf-8").splitlines()
        asked = [line for line in told if line.startswith(("migrate", "run"))]
        before = asked[: asked.index("migrate --phase post")]
        # More than one start, where a neighbour took the port meanwhile: each has its migrations.
        assert before == ["migrate --phase pre", "run"] * max(1, len(before) // 2)


def test_killed_parts_come_back_and_the_others_are_left_alone(koppel: Koppel) -> None:
    koppel.be_up()
    before = koppel.pids()
    assert (koppel.state_dir / "sandbox.state").exists(), "tokens of the stand-in provider survive it too"
    killed, port = {"postgres", "kafka", "sync-svc"}, koppel.state_dir / "ports" / "sync-svc"
    former = port.read_text()
    for part in killed:
        os.kill(before[part], signal.SIGKILL)
    koppel.run("up")
    after = koppel.pids()
    # A neighbour may take the port that is free for a moment; then the console is told the new one.
    told = {"console"} if port.read_text() != former else set()
    assert {part for part in PART_NAMES if after[part] != before[part]} == killed | told


def test_two_launchers_at_once_start_one_stack(koppel: Koppel) -> None:
    koppel.run("down")
    launchers = [koppel.start("up") for _ in range(2)]
    told = [launcher.communicate(timeout=100)[1] for launcher in launchers]
    assert [launcher.returncode for launcher in launchers] == [0, 0], told
    marked = [p.environ()["KOPPEL_LOCAL_PART"].partition("@")[0] for p in processes_of(koppel.state_dir)]
    assert sorted(marked) == sorted(set(PART_NAMES) - {"postgres"} | _visible_postgres(marked))


def _visible_postgres(marked: list[str]) -> set[str]:
    """PostgreSQL overwrites its environment with its title on some systems."""
    return {"postgres"} & set(marked)


def test_down_leaves_no_process_and_no_lock(koppel: Koppel) -> None:
    koppel.be_up()
    koppel.run("down")
    assert koppel.processes() == []
    assert _locks(koppel.state_dir) == []


def test_down_cleans_up_after_killed_parts_and_ends_a_frozen_one(koppel: Koppel) -> None:
    koppel.be_up()
    pids = koppel.pids()
    for part in ("postgres", "sandbox", "import-svc"):
        os.kill(pids[part], signal.SIGKILL)
    os.kill(pids["kafka"], signal.SIGSTOP)
    koppel.run("down")
    assert koppel.processes() == []
    assert _locks(koppel.state_dir) == []


@pytest.mark.parametrize("instant", ["postgres", "connection-svc"])
def test_a_launcher_killed_in_mid_start_can_be_followed_by_up_and_down(koppel: Koppel, instant: str) -> None:
    koppel.run("down")
    launcher = koppel.start("up")
    eventually(lambda: any(_belongs_to(p, instant) for p in koppel.processes()))
    launcher.kill()
    launcher.communicate()
    koppel.run("up")
    koppel.pids()
    koppel.run("down")
    assert koppel.processes() == []
    assert _locks(koppel.state_dir) == []


def _belongs_to(process: psutil.Process, part: str) -> bool:
    try:
        return part in " ".join(process.cmdline()).replace("_", "-")
    except psutil.NoSuchProcess:
        return False


def _locks(state_dir: Path) -> list[Path]:
    names = {"launcher.lock", "postmaster.pid", ".lock"}
    return [path for path in state_dir.rglob("*") if path.name in names or path.suffix == ".pid"]
