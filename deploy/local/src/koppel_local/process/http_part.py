"""A part that serves HTTP: started as a process, ready when it says so itself."""

import hashlib
import http.client
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from koppel_local.failure import disk_failed, part_failed
from koppel_local.private_files import write_private
from koppel_local.process.detached import DetachedProcess, inherited_environment
from koppel_local.process.ports import LOOPBACK, Ports

READY_WITHIN = 180.0
"""Seconds; a service waits inside for a database and broker that are still starting."""
_PAUSE = 0.05
_GRACE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a part is started. A running part whose launch is another one is started anew."""

    command: Sequence[str]
    environment: Mapping[str, str]

    @property
    def digest(self) -> str:
        whole = json.dumps([list(self.command), sorted(self.environment.items())])
        return hashlib.sha256(whole.encode()).hexdigest()


class HttpPart:
    """One service, or the sandbox, under `state_dir`."""

    def __init__(
        self, state_dir: Path, name: str, *, default_port: int, ready_path: str, say: Callable[[str], None]
    ) -> None:
        self.name = name
        self._ready_path = ready_path
        self._default_port = default_port
        self._say = say
        self._ports = Ports(state_dir / "ports", say)
        self._process = DetachedProcess(state_dir, name)
        self._launch_file = state_dir / "run" / f"{name}.launch"

    @property
    def log(self) -> Path:
        return self._process.log

    @property
    def url(self) -> str | None:
        """Its address once it has one."""
        port = self._ports.remembered(self.name)
        return f"http://{LOOPBACK}:{port}" if port else None

    @property
    def pids(self) -> list[int]:
        """Its processes, the one that was started first."""
        process = self._process.find()
        if process is None:
            return []
        with suppress(psutil.NoSuchProcess):
            return [process.pid, *(child.pid for child in process.children(recursive=True))]
        return []

    @property
    def ready(self) -> bool:
        return self._listens() and self._answers()

    def choose_port(self) -> int:
        """Its port: the one it has while it runs, else a free one."""
        known = self._ports.remembered(self.name)
        if known is not None and self._process.find() is not None:
            return known
        return self._ports.choose(self.name, self._default_port)

    def start(self, launch: Launch) -> bool:
        """Start it unless it runs in just this way. True when a process was started."""
        runs = self._process.find() is not None
        if runs and self._launched_as() == launch.digest:
            return False
        if runs:
            self._say(f"{self.name}: its environment changed, starting it anew")
        self.stop()
        try:
            self._process.start(launch.command, environment=inherited_environment(**launch.environment))
            write_private(self._launch_file, launch.digest)
        except OSError as error:
            raise disk_failed(error) from error
        return True

    def bring_up(self, launch: Launch) -> bool:
        """Start it unless it runs in just this way, and ask until it says that it can serve.

        True when it was started now. Raises `SetupFailed` with its last words.
        """
        found = not self.start(launch)
        if self._becomes_ready():
            return not found
        if found:  # it was dying when we looked
            self.start(launch)
            if self._becomes_ready():
                return True
        raise part_failed(self.name, self.log, "ended while it was starting")

    def _becomes_ready(self) -> bool:
        """False when the process ends."""
        deadline = time.monotonic() + READY_WITHIN
        while not (self._listens() and self._answers()):
            if self._process.find() is None:
                return False
            if time.monotonic() > deadline:
                raise part_failed(self.name, self.log, f"was not ready within {READY_WITHIN:.0f} seconds")
            time.sleep(_PAUSE)
        return self._process.find() is not None

    def stop(self) -> None:
        self._process.stop(grace=_GRACE)
        self._launch_file.unlink(missing_ok=True)

    def _launched_as(self) -> str:
        try:
            return self._launch_file.read_text()
        except FileNotFoundError:
            return ""

    def _listens(self) -> bool:
        """Whether the port is our process's own: a neighbour that took it meanwhile would answer just as well."""
        port, process = self._ports.remembered(self.name), self._process.find()
        if port is None or process is None:
            return False
        with suppress(psutil.Error):
            return any(
                socket.status == psutil.CONN_LISTEN and socket.laddr.port == port
                for socket in process.net_connections(kind="tcp")
            )
        return False

    def _answers(self) -> bool:
        port = self._ports.remembered(self.name)
        if port is None:
            return False
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=3)
        try:
            connection.request("GET", self._ready_path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
