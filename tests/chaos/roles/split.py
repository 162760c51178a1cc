"""Every service split by role, two processes each, behind a balancer; database, broker and provider are a stack's."""

import asyncio
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import psutil
from tests.bench.stage import Stage
from tests.chaos.rig.schedule import progress
from tests.chaos.roles.balancer import Balancer
from tests.chaos.roles.processor import family

from koppel_local.kafka.given import SERVERS, kafka_variables
from koppel_local.postgres.server import PostgresServer
from koppel_local.process.detached import end_processes
from koppel_local.process.http_part import HttpPart, Launch
from koppel_local.progress import download_bar
from koppel_local.stack.environment import Addresses, Environment
from koppel_local.stack.layout import SERVICES, ServicePart
from koppel_local.stack.stack import Stack

ROLES = ("http", "consumer", "relay", "jobs")
NAMED = ("connection-svc", "import-svc")
"""Their processes have names of their own, so that their consumers are static members; the others' have none."""
_FIRST_PORT = 8500
_AT_ONCE = 4
_LONGEST_EXIT = 60.0
DRAIN_DELAY = 5
"""Seconds, as in the manifests. Callers close what rests for five seconds: with less, a process closes it while it is used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended that was told to stop: its exit code and the seconds that it took."""

    name: str
    code: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Process:
    """One of the two processes of a service that run a role."""

    service: str
    role: str
    part: HttpPart
    launch: Launch
    port: int

    @property
    def name(self) -> str:
        return self.part.name

    @property
    def pid(self) -> int:
        """Raises RuntimeError when it does not run."""
        for pid in self.part.pids:
            return pid
        last = "\n".join(self.said()[-20:])
        raise RuntimeError(f"{self.name} does not run; it said last:\n{last}")

    def with_command(self, *command: str) -> "Process":
        """The same, started in another way."""
        return replace(self, launch=replace(self.launch, command=command))

    def start(self) -> None:
        """Return when it is ready."""
        self.part.bring_up(self.launch)

    def stop(self) -> Ended:
        """SIGTERM, and wait for its end."""
        process, began = psutil.Process(self.pid), time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=_LONGEST_EXIT)
        return Ended(name=self.name, code=code, seconds=time.monotonic() - began)

    def said(self) -> list[str]:
        """The lines of its log."""
        return self.part.log.read_text(encoding="utf-8", errors="replace").splitlines()


class Split:
    """All processes. `stage` has the balancer's addresses: callers and services know no others."""

    def __init__(self, stack: Stack, balancer: Balancer) -> None:
        self.stack = stack
        self.balancer = balancer
        urls = {service.name: balancer.listen(service.name) for service in SERVICES}
        self.stage = replace(Stage.of(stack), services=urls)
        told, addresses = Environment(stack.state_dir), _addresses(stack, urls)
        self.processes = [
            _process(stack, service, role, number, told.of(service, addresses))
            for service, role, number in product(SERVICES, ROLES, (1, 2))
        ]
        for each in self.processes:
            if each.role == "http":
                balancer.pools[each.service].every.append(each.port)

    def start(self) -> None:
        """Those that do not run; return when each is ready."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(Process.start, self.processes))

    def end(self) -> None:
        """All of them, however they are."""
        with ThreadPoolExecutor(len(self.processes)) as pool:
            list(pool.map(lambda process: process.part.stop(), self.processes))

    def of(self, service: str, role: str) -> list[Process]:
        """The processes that run this role."""
        return [each for each in self.processes if (each.service, each.role) == (service, role)]

    @property
    def postgres(self) -> list[int]:
        """Processes of the server that runs now: another one after it was away."""
        pid = PostgresServer(self.stack.state_dir).pid
        return [] if pid is None else family(pid)

    async def restart(self, process: Process) -> None:
        """Return when it is ready."""
        await asyncio.to_thread(process.start)


@contextmanager
def split_stack(folder: Path) -> Iterator[Split]:
    """A stack of its own below the folder, whose services run as two processes a role; nothing of it is left running."""
    stack = Stack(folder, say=progress, progress=download_bar)
    stack.up()
    try:
        _end_the_stacks_own(stack)
        with Balancer() as balancer:
            made = Split(stack, balancer)
            try:
                made.start()
                progress(f"{len(made.processes)} processes are ready")
                yield made
            finally:
                made.end()
    finally:
        stack.down()


def _end_the_stacks_own(stack: Stack) -> None:
    """The processes of all roles that a stack starts; the rest of it stays."""
    services = stack.status()["services"].values()
    end_processes([psutil.Process(pid) for each in services for pid in each["pids"][:1]], grace=20.0)


def _addresses(stack: Stack, services: Mapping[str, str]) -> Addresses:
    status = stack.status()
    return Addresses(
        database_dsn=status["postgres"]["dsn"] or "",
        kafka=kafka_variables({SERVERS: status["kafka"]["bootstrap_servers"] or ""}),
        services=services,
        sandbox=status["sandbox"]["url"] or "",
        identity=status["identity"]["url"] or "",
    )


def _process(
    stack: Stack, service: ServicePart, role: str, number: int, environment: Mapping[str, str]
) -> Process:
    name = f"{service.name}-{role}-{number}"
    default = _FIRST_PORT + 100 * SERVICES.index(service) + 10 * ROLES.index(role) + number
    part = HttpPart(stack.state_dir, name, default_port=default, ready_path="/readyz", say=print)
    port = part.choose_port()
    own = {"PORT": str(port), "ROLES": role}
    if service.name in NAMED:
        own["INSTANCE"] = str(number)
    named = {service.prefix + key: value for key, value in own.items()}
    more = {"KOPPEL_DRAIN_DELAY": f"{DRAIN_DELAY}s"}
    command = [sys.executable, "-m", service.module, "run"]
    launch = Launch(command=command, environment={**environment, **named, **more})
    return Process(service.name, role, part, launch, port)
