"""The worker processes of one run: started by the zygote, killed, paused and replaced by name."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

_ROOT = Path(__file__).parents[3]


class Zygote:
    """The forking process; one a session. `ended` knows the exit code of each worker that ended."""

    def __init__(self) -> None:
        self.ended: dict[int, int] = {}
        self._pids: Queue[int] = Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.rig.zygote"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def fork(self, role: str, config: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"role": role, "config": config}).encode() + b"\n")
        self._process.stdin.flush()
        return self._pids.get(timeout=30)

    def close(self) -> None:
        """Its workers die with it."""
        self._process.kill()
        self._process.wait()
        self._listener.join(5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if "pid" in message:
                self._pids.put(message["pid"])
            else:
                self.ended[message["ended"]] = message["status"]


class Crew:
    """Workers by name. `config` is what they all share."""

    def __init__(self, zygote: Zygote, config: dict[str, Any]) -> None:
        self._zygote = zygote
        self._config = config
        self._workers: dict[str, tuple[str, dict[str, Any], int]] = {}

    @property
    def names(self) -> list[str]:
        return list(self._workers)

    def start(self, name: str, role: str, **own: Any) -> None:
        config = self._config | {"name": name} | own
        self._workers[name] = (role, config, self._zygote.fork(role, config))

    def again(self, name: str) -> None:
        """Replace one that ended."""
        role, config, _ = self._workers[name]
        self._workers[name] = (role, config, self._zygote.fork(role, config))

    def code(self, name: str) -> int | None:
        """The exit code, None while it runs."""
        return self._zygote.ended.get(self._workers[name][2])

    def role(self, name: str) -> str:
        return self._workers[name][0]

    def pid(self, name: str) -> int:
        """Of the process that has the name now."""
        return self._workers[name][2]

    def signal(self, name: str, number: signal.Signals) -> None:
        if self.code(name) is None:
            try:
                os.kill(self._workers[name][2], number)
            except ProcessLookupError:
                return

    def drop(self, name: str) -> None:
        """Forget one; it is killed."""
        self.signal(name, signal.SIGKILL)
        del self._workers[name]

    def kill_all(self) -> None:
        for name in self.names:
            self.signal(name, signal.SIGCONT)
            self.drop(name)


@contextmanager
def crew(zygote: Zygote, config: dict[str, Any]) -> Iterator[Crew]:
    """All workers are gone afterwards."""
    workers = Crew(zygote, config)
    try:
        yield workers
    finally:
        workers.kill_all()
