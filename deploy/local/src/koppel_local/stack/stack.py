"""The whole system on one machine: started concurrently, found again, stopped.

`up` starts only what does not run, so it is also how a killed part comes back. Nothing waits for a clock:
every part is asked until it says that it is ready.
"""

import time
from collections.abc import Callable
from pathlib import Path

from koppel.platform.kafka.access import Kafka
from koppel_local.concurrently import run_concurrently
from koppel_local.failure import SetupFailed, disk_failed
from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.process.detached import end_processes, processes_of
from koppel_local.progress import DownloadProgress, no_progress
from koppel_local.stack.environment import Environment
from koppel_local.stack.external_servers import ExternalServers
from koppel_local.stack.launch import Launcher
from koppel_local.stack.layout import default_state_dir, issuer_dir
from koppel_local.stack.lock import launcher_lock
from koppel_local.stack.parts import parts_of, surplus_of
from koppel_local.stack.status import StackStatus, status_of

_PORT_ATTEMPTS = 3


def _silent(line: str) -> None:
    del line


class Stack:
    """One stack under one state folder, `default_state_dir()` when none is named.

    Every method raises `SetupFailed` for what can be expected to go wrong. `say` is given one line for
    each thing that a person may want to know.
    """

    def __init__(
        self,
        state_dir: Path | None = None,
        *,
        say: Callable[[str], None] = _silent,
        progress: DownloadProgress = no_progress,
    ) -> None:
        self.state_dir = (state_dir or default_state_dir()).resolve()
        self.issuer = LocalIssuer(issuer_dir(self.state_dir))
        self._say = say
        self._given = ExternalServers(self.state_dir / "run" / "given.json")
        self._parts = parts_of(self.state_dir, self._given.read(), say, progress)
        self._lock_file = self.state_dir / "run" / "launcher.lock"

    def up(self) -> StackStatus:
        """Start what does not run; once everything is ready, say where it is."""
        self.start()
        return self.status()

    def start(self) -> None:
        """Start what does not run and return once everything is ready."""
        try:
            self._prepare_folder()
            with launcher_lock(self._lock_file, self._say):
                self._given.remember(self._given.read())
                for part in surplus_of(self._parts, self._say):
                    part.stop()
                self._launch(Environment(self.state_dir))
        except OSError as error:
            raise disk_failed(error) from error

    def _launch(self, environment: Environment) -> None:
        """Between choosing a port and listening on it another program may take it: then another is chosen."""
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            try:
                Launcher(self._parts, environment, self._say).run()
            except SetupFailed as failure:
                if failure.code != "port_taken" or attempt == _PORT_ATTEMPTS:
                    raise
                self._say(f"{failure.detail} Choosing another one.")
            else:
                return

    def down(self) -> None:
        """Stop everything: services first, then broker and database. Also after a kill of anything."""
        if not self.state_dir.exists():
            self._say("nothing runs here")
            return
        began = time.monotonic()
        with launcher_lock(self._lock_file, self._say):
            further = surplus_of(self._parts, self._say)
            parts = (
                self._parts.sandbox,
                self._parts.identity,
                self._parts.console,
                *self._parts.processes.values(),
                *further,
            )
            run_concurrently({part.name: part.stop for part in parts})
            run_concurrently({"kafka": self._parts.broker.stop, "postgres": self._parts.database.stop})
            end_processes(processes_of(self.state_dir), grace=2.0)
            self._given.forget()
        self._say(f"everything is stopped ({time.monotonic() - began:.1f} s)")

    def status(self) -> StackStatus:
        """How every part is doing now; starts and changes nothing."""
        return status_of(self._parts)

    def kafka(self) -> Kafka | None:
        """How clients reach its broker; None when it was never started. Raises `SetupFailed` for settings that are no use."""
        try:
            return self._parts.broker.kafka
        except SetupFailed as failure:
            if failure.code == "not_started":
                return None
            raise

    def _prepare_folder(self) -> None:
        self.state_dir.mkdir(parents=True, exist_ok=True)
        ignore = self.state_dir / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
