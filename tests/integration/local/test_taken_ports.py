"""A port that another program takes between our choosing it and our listening on it."""

import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from koppel_local.failure import SetupFailed
from koppel_local.process.http_part import HttpPart, Launch
from koppel_local.process.ports import any_free_port
from koppel_local.stack import stack
from koppel_local.stack.stack import Stack

BIND = "import socket, sys; s = socket.socket(); s.bind(('127.0.0.1', int(sys.argv[1])))"


class AlwaysReady(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it so)
        pass


@pytest.fixture
def state_dir(new_folder: Callable[[], Path]) -> Path:
    return new_folder()


def test_the_answer_of_a_neighbour_on_our_port_is_not_taken_for_ours(state_dir: Path) -> None:
    part = HttpPart(state_dir, "part", default_port=any_free_port(), ready_path="/readyz", say=lambda _: None)
    port = part.choose_port()
    neighbour = HTTPServer(("127.0.0.1", port), AlwaysReady)
    threading.Thread(target=neighbour.serve_forever, daemon=True).start()
    try:
        with pytest.raises(SetupFailed) as refused:
            part.bring_up(Launch(command=[sys.executable, "-c", BIND, str(port)], environment={}))
    finally:
        neighbour.shutdown()
        neighbour.server_close()
        part.stop()
    assert refused.value.code == "port_taken", refused.value.log_tail


@pytest.mark.parametrize(("failures", "starts"), [(0, 1), (1, 2), (2, 3)])
def test_a_stack_that_lost_a_port_chooses_another_one(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch, failures: int, starts: int
) -> None:
    runs = _launcher_that_loses_its_port(monkeypatch, failures)
    Stack(state_dir).start()
    assert len(runs) == starts


def test_a_stack_that_always_loses_its_port_says_so(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = _launcher_that_loses_its_port(monkeypatch, failures=9)
    with pytest.raises(SetupFailed, match="taken"):
        Stack(state_dir).start()
    assert len(runs) == 3


def _launcher_that_loses_its_port(monkeypatch: pytest.MonkeyPatch, failures: int) -> list[int]:
    runs: list[int] = []

    class Launcher:
        def __init__(self, *_: object) -> None:
            pass

        def run(self) -> None:
            runs.append(1)
            if len(runs) <= failures:
                raise SetupFailed("port_taken", "a part ended: a port is taken.", hint="Run it again.")

    monkeypatch.setattr(stack, "Launcher", Launcher)
    return runs
