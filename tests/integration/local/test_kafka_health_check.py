"""The compose file's check of the broker: it passes once the broker serves, and not before."""

import socket
import subprocess
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.broker
COMPOSE = Path(__file__).parents[3] / "docker-compose.yml"


def _check(port: int) -> int:
    program, *words = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["kafka"]["healthcheck"][
        "test"
    ][1:]
    words[-1] = words[-1].replace("$$", "$").replace("/9092", f"/{port}").replace("timeout 3", "timeout 0.3")
    return subprocess.run([program, *words], capture_output=True, timeout=30, check=False).returncode


def test_a_broker_that_serves_is_healthy(kafka_server: str) -> None:
    assert _check(int(kafka_server.rpartition(":")[2])) == 0


def test_an_open_port_that_does_not_answer_is_not(kafka_server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert _check(silent.getsockname()[1]) != 0


def test_no_port_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert _check(port) != 0
