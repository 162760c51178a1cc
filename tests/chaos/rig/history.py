"""What writers were told, as JSON lines: written before and after each operation, so that a killed one left its trace."""

import os
from pathlib import Path

import orjson
from tests.chaos.rig.evidence import Outcome

_DONE = "done"


class History:
    """One file a process; each line is one write, so a kill can cut off the last line only."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def begin(self, op: str) -> None:
        self._write(op, Outcome.UNKNOWN)

    def ok(self, op: str) -> None:
        self._write(op, Outcome.OK)

    def fail(self, op: str) -> None:
        self._write(op, Outcome.FAIL)

    def unknown(self, op: str) -> None:
        self._write(op, Outcome.UNKNOWN)

    def done(self) -> None:
        self._write("", _DONE)

    def _write(self, op: str, outcome: str) -> None:
        os.write(self._file, orjson.dumps([op, outcome]) + b"\n")


def read_histories(folder: Path) -> dict[str, Outcome]:
    """The last word on every operation."""
    found: dict[str, Outcome] = {}
    for path in sorted(folder.glob("history-*.jsonl")):
        for line in path.read_bytes().split(b"\n"):
            try:
                op, outcome = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if outcome != _DONE:
                found[op] = Outcome(outcome)
    return found


def finished(folder: Path, name: str, pid: int) -> bool:
    """Whether that very process wrote all that it had to."""
    path = folder / f"history-{name}-{pid}.jsonl"
    return path.exists() and b'"done"' in path.read_bytes()[-16:]
