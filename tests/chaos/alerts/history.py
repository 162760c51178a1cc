"""Hours that a Prometheus remembers before it starts, and a process that goes on telling them."""

import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.session.promtool import promtool

from koppel_local.process.ports import LOOPBACK

_EVERY = 15
"""Seconds between two samples that are remembered."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """Shows `value`, and `then` when the cause is gone."""

    value: float
    then: float

    def at(self, seconds: float, over: float | None) -> float:
        return self.value if over is None or seconds < over else self.then


@dataclass(frozen=True, slots=True)
class Counter:
    """Grows by `value` a minute, and by `then` when the cause is gone."""

    value: float
    then: float

    def at(self, seconds: float, over: float | None) -> float:
        left = seconds if over is None else min(seconds, over)
        return self.value * left / 60 + self.then * (seconds - left) / 60


@dataclass(slots=True)
class History:
    """Series by name and labels, without `job` and `instance`: `hours` of them lie behind."""

    series: Mapping[str, Gauge | Counter]
    hours: float
    began: float = field(init=False)
    over: float | None = None
    """Seconds since `began` when the cause went."""

    def __post_init__(self) -> None:
        self.began = time.time() - self.hours * 3600

    def end(self) -> None:
        """The cause is gone."""
        self.over = time.time() - self.began

    def exposition(self) -> str:
        seconds = time.time() - self.began
        return "".join(f"{name} {told.at(seconds, self.over)}\n" for name, told in self.series.items())

    def remembered(self, job: str, instance: str) -> str:
        """As OpenMetrics, up to now."""
        steps = range(int((time.time() - self.began) // _EVERY))
        place = f'job="{job}",instance="{instance}"'
        lines = [
            f"{_at(name, place)} {told.at(step * _EVERY, None)} {self.began + step * _EVERY:.0f}"
            for name, told in self.series.items()
            for step in steps
        ]
        return "\n".join([*lines, "# EOF\n"])


def _at(name: str, place: str) -> str:
    """The series as Prometheus names it that reads it there."""
    metric, _, labels = name.removesuffix("}").partition("{")
    return f"{metric}{{{','.join(filter(None, (labels, place)))}}}"


@contextmanager
def told_by_a_process(history: History) -> Iterator[str]:
    """Its address."""

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(history.exposition().encode())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def remember(text: str, folder: Path) -> None:
    """Make it what a Prometheus in this folder knows when it starts."""
    file = folder / "history"
    file.write_text(text, "utf-8")
    command = [promtool(), "tsdb", "create-blocks-from", "openmetrics", str(file), str(folder / "data")]
    subprocess.run(command, check=True, capture_output=True)
