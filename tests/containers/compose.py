"""The project's compose file, unchanged, as an operator uses it."""

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.containers.documented import commands
from tests.containers.engine import Engine, run

from koppel_local.failure import SetupFailed

SERVICES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")
_PROJECT = "koppel-containers"
_STOPS_WITHIN = 30
"""Seconds, as `stop_grace_period` in the compose file."""
_KILL = "import os, signal, sys; [os.kill(int(each), signal.SIGKILL) for each in sys.argv[1:]]"


class Compose:
    """That of the checkout `tree`; `.env` lies beside it."""

    def __init__(self, engine: Engine, tree: Path, ports: Mapping[str, int]) -> None:
        self._engine = engine
        self.tree = tree
        self.ports = ports
        self._variables = {name: str(port) for name, port in ports.items()}

    def use(self, tree: Path) -> None:
        """Go on with the compose file of another checkout, and the same variables."""
        shutil.copy(self.tree / ".env", tree / ".env")
        self.tree = tree

    def set_variables(self, **variables: str) -> None:
        """Write `.env`, and keep what was set before. In single quotes nothing is replaced; a quote is written as \\'."""
        self._variables |= variables
        quoted = (
            f"{name}='{value.replace(chr(39), chr(92) + chr(39))}'" for name, value in self._variables.items()
        )
        (self.tree / ".env").write_text("\n".join(quoted) + "\n", encoding="utf-8")

    def command(self, *words: str, files: Sequence[str] = ()) -> list[str]:
        """With every profile: what somebody started is seen, and ended. `files` are laid over each other."""
        place = self._engine.path(self.tree)
        laid = [word for name in files for word in ("--file", f"{place}/{name}")]
        return self._engine.command(
            "compose", "--ansi", "never", "--project-directory", place, "--project-name", _PROJECT,
            *laid, "--profile", "*", *words,
        )  # fmt: skip

    def run(self, *words: str, stdin: bytes | None = None) -> str:
        return run(self.command(*words), said=f"docker compose {' '.join(words)}", stdin=stdin)

    def documented(self, section: str) -> str:
        """What docs/operating.md says under that heading, run; returns what it printed."""
        script = f"export COMPOSE_PROJECT_NAME={_PROJECT} COMPOSE_ANSI=never; {commands(section)}"
        return run(self._engine.shell(self.tree, script), said=f"docs/operating.md, {section}")

    def up(self, section: str = "Install") -> None:
        """As docs/operating.md says there, until everything is ready and every finishing job has ended well."""
        self.documented(section)
        for service in SERVICES:
            finish = self.container(f"finish-{service}")
            until(finish.ended, within=120, what=f"The end of finish-{service}")
            if finish.state()["code"]:
                told = self.run("logs", "--no-color", f"finish-{service}")
                raise SetupFailed("not_finished", f"finish-{service} failed.", hint="Below.", log_tail=told)

    def koppel(self, *words: str) -> str:
        """The operators' command line, in its container."""
        return self.run("run", "--rm", "--no-deps", "-T", "koppel", *words)

    def container(self, service: str) -> "Container":
        """Its first one."""
        return self.containers(service)[0]

    def containers(self, *services: str) -> list["Container"]:
        """All of theirs, also those that have ended."""
        return [
            Container(self._engine, name) for name in self.run("ps", "--all", "--quiet", *services).split()
        ]


class Container:
    def __init__(self, engine: Engine, name: str) -> None:
        self._engine, self.name = engine, name

    def state(self) -> Mapping[str, object]:
        found = json.loads(self._docker("inspect", self.name))[0]
        health = found["State"].get("Health", {}).get("Status")
        state = found["State"]
        return {
            "service": found["Config"]["Labels"]["com.docker.compose.service"],
            "restarts": found["RestartCount"],
            "image": found["Image"],
            "health": health,
            "pid": state["Pid"],
            "status": state["Status"],
            "code": state["ExitCode"],
        }

    def until_healthy(self) -> None:
        """Raises `SetupFailed` when that takes too long."""
        until(lambda: self.state()["health"] == "healthy", within=240, what=f"The return of {self.name}")

    def ended(self) -> bool:
        return self.state()["status"] == "exited"

    def start(self) -> None:
        """Again, when it has ended. Returns at once."""
        self._docker("start", self.name)

    def stop(self) -> float:
        """Tell it to stop; the seconds that it took. It stays away."""
        began = time.monotonic()
        self._docker("stop", "--time", str(_STOPS_WITHIN), self.name)
        return time.monotonic() - began

    def said(self) -> str:
        """Everything, until now."""
        return run(
            ["sh", "-c", '"$@" 2>&1', "sh", *self._engine.command("logs", self.name)], said="docker logs"
        )

    def _docker(self, *words: str) -> str:
        return run(self._engine.command(*words), said=f"docker {words[0]}")


def kill(engine: Engine, containers: Sequence[Container]) -> None:
    """-9 from outside, as the kernel does it: `docker kill` would be a person's wish, and they would stay away."""
    pids = [str(each.state()["pid"]) for each in containers]
    words = ("run", "--rm", "--pid", "host", "--user", "0", "--cap-add", "KILL", "--entrypoint", "python")
    run(engine.command(*words, "koppel/koppel-local", "-c", _KILL, *pids), said="docker run kill")


def until(condition: Callable[[], bool], *, within: float, what: str) -> None:
    """Ask until it holds. Raises `SetupFailed`."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            detail = f"{what} did not happen within {within:.0f} s."
            raise SetupFailed("containers_failed", detail, hint="docker compose logs says more.")
        time.sleep(0.3)
