"""A process that has loaded everything and forks a worker a line: starts cost milliseconds, none outlives it.

Input, one JSON object a line: `{"role": …, "config": {…}}`. Output: `{"pid": …}` in answer, and
`{"ended": pid, "status": …}` when one ended.
"""

import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

from tests.chaos.parent_death import die_with_parent
from tests.chaos.refreshes import child
from tests.chaos.rig import worker


def main() -> None:
    """Serve until the input closes; the workers die with this process."""
    die_with_parent()
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a text stream here
    buffered = b""
    while True:
        ready, _, _ = select.select([0], [], [], 0.05)
        _report_ends()
        if not ready:
            continue
        chunk = os.read(0, 65536)
        if not chunk:
            return
        buffered += chunk
        *lines, buffered = buffered.split(b"\n")
        for line in lines:
            _say({"pid": _fork(json.loads(line))})


def _fork(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        log = os.open(
            Path(request["config"]["folder"]) / "workers.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT
        )
        for stream in (1, 2):
            os.dup2(log, stream)
        role, config = request["role"], request["config"]
        code = child.main(config) if role == "refresh" else worker.main(role, config)
    finally:
        os._exit(code)


def _report_ends() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say({"ended": pid, "status": os.waitstatus_to_exitcode(status)})


def _say(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main()
