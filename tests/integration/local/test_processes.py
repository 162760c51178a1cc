"""Processes: ours are found again, others' are never touched."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from koppel_local.process.detached import MARK, DetachedProcess, inherited_environment, processes_of, rotate

SLEEPER = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(300)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(300)",
]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[DetachedProcess]:
    part = DetachedProcess(tmp_path, "part")
    yield part
    part.stop(grace=0.0)


def started(process: DetachedProcess, command: list[str]) -> psutil.Process:
    process.start(command, environment=inherited_environment())
    deadline = time.monotonic() + 20
    while "here" not in process.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    found = process.find()
    assert found is not None
    return found


def test_another_launcher_finds_it_again(process: DetachedProcess, tmp_path: Path) -> None:
    assert started(process, SLEEPER).pid == DetachedProcess(tmp_path, "part").pid


def test_a_recycled_pid_is_not_ours(process: DetachedProcess, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL) as stranger:
        (tmp_path / "run").mkdir()
        began = psutil.Process(stranger.pid).create_time()
        (tmp_path / "run" / "part.pid").write_text(f"{stranger.pid} {began - 60}\n")
        assert process.pid is None
        process.stop(grace=0.0)
        assert stranger.poll() is None
        stranger.kill()


def test_a_killed_one_is_gone(process: DetachedProcess) -> None:
    started(process, SLEEPER).kill()
    deadline = time.monotonic() + 20
    while process.pid is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_without_a_pid_file_is_found_by_its_mark(process: DetachedProcess, tmp_path: Path) -> None:
    main = started(process, SLEEPER)
    (tmp_path / "run" / "part.pid").unlink()
    assert process.pid is None
    assert [p.pid for p in process.strays()] == [main.pid]
    assert [p.pid for p in processes_of(tmp_path)] == [main.pid]
    process.stop(grace=5.0)
    assert processes_of(tmp_path) == []


def test_one_that_ignores_the_signal_is_ended_by_force(process: DetachedProcess) -> None:
    main = started(process, STUBBORN)
    process.stop(grace=0.0)
    assert not main.is_running()


def test_a_frozen_one_still_ends_politely(process: DetachedProcess) -> None:
    main = started(process, SLEEPER)
    main.send_signal(signal.SIGSTOP)
    process.stop(grace=10.0)
    assert not main.is_running()


def test_stopping_what_never_ran_is_harmless(process: DetachedProcess) -> None:
    process.stop(grace=0.0)
    assert process.pid is None


def test_a_long_log_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    log.write_text("x" * 100)
    rotate(log, limit=1000)
    assert log.exists()
    rotate(log, limit=10)
    assert not log.exists()
    assert (tmp_path / "part.log.1").read_text() == "x" * 100


def test_variables_that_would_steer_bundled_programs_are_not_passed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PGDATA", "JAVA_TOOL_OPTIONS", "CLASSPATH", MARK):
        monkeypatch.setenv(name, "x")
    passed = inherited_environment(OWN="1")
    assert passed["OWN"] == "1"
    assert not {"PGDATA", "JAVA_TOOL_OPTIONS", "CLASSPATH", MARK} & passed.keys()


def test_a_launcher_that_ends_leaves_it_running_and_says_nothing(
    process: DetachedProcess, tmp_path: Path
) -> None:
    launcher = (
        "import pathlib, sys; from koppel_local.process.detached import DetachedProcess, inherited_environment;"
        "part = DetachedProcess(pathlib.Path(sys.argv[1]), 'part');"
        "part.start(sys.argv[2:], environment=inherited_environment())"
    )
    command = [sys.executable, "-W", "always", "-c", launcher, str(tmp_path), *SLEEPER]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    assert process.find() is not None
