"""Starting the parts in the order that they really need, and no other."""

import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from koppel.platform.migrations import Phase
from koppel_local.postgres.databases import Roles
from koppel_local.process.http_part import HttpPart, Launch
from koppel_local.process.ports import LOOPBACK
from koppel_local.stack.environment import Addresses, Environment
from koppel_local.stack.layout import ASSIGNMENT_SVC, CONNECTION_SVC, SERVICES, ServicePart
from koppel_local.stack.migrations import migrate, up_to_date
from koppel_local.stack.parts import Parts


class Launcher:
    """One `up`. Services need the database and their schema; they wait for the broker by themselves."""

    def __init__(self, parts: Parts, environment: Environment, say: Callable[[str], None]) -> None:
        self._parts = parts
        self._environment = environment
        self._roles = Roles(parts.state_dir)
        self._say = say
        self._began = time.monotonic()

    def run(self) -> None:
        """Start what does not run; return once all is ready. Raises the first `SetupFailed`, in start order."""
        urls = {part.name: f"http://{LOOPBACK}:{part.choose_port()}" for part in self._all_http_parts()}
        self._environment.make_files(urls[self._parts.identity.name])
        with ThreadPoolExecutor(thread_name_prefix="koppel-up", max_workers=16) as pool:
            database = pool.submit(self._start_database)
            launched = pool.submit(self._parts.broker.launch)
            topics = pool.submit(self._finish_broker, launched)
            sandbox = pool.submit(self._start_sandbox, urls)
            identity = pool.submit(self._start_identity, urls)
            console = pool.submit(self._start_console, urls)
            services = [
                pool.submit(self._start_service, service, urls, database, launched, topics)
                for service in SERVICES
            ]
        for task in (database, topics, sandbox, identity, console, *services):
            task.result()

    def _all_http_parts(self) -> list[HttpPart]:
        return [
            self._parts.sandbox,
            self._parts.identity,
            self._parts.console,
            *self._parts.processes.values(),
        ]

    def _start_database(self) -> None:
        self._parts.database.start(self._roles)
        self._ready("postgres", self._parts.database.dsn.rpartition("@")[2])

    def _finish_broker(self, launched: Future[None]) -> None:
        launched.result()
        self._parts.broker.await_ready()
        self._parts.broker.make_topics()
        self._ready("kafka", self._parts.broker.bootstrap_servers)

    def _start_sandbox(self, urls: dict[str, str]) -> None:
        sandbox = self._parts.sandbox
        host, _, port = urls[sandbox.name].removeprefix("http://").rpartition(":")
        kept = str(self._parts.state_dir / "sandbox.state")
        command = [
            sys.executable,
            "-m",
            "koppel_sandbox.main",
            "--host",
            host,
            "--port",
            port,
            "--state",
            kept,
            "--notice-url",
            f"{urls[CONNECTION_SVC]}/v1/key-notices",
        ]
        sandbox.bring_up(Launch(command=command, environment={}))
        self._ready(sandbox.name, urls[sandbox.name])

    def _start_identity(self, urls: dict[str, str]) -> None:
        identity = self._parts.identity
        given = {
            "--port": urls[identity.name].rpartition(":")[2],
            "--issuer": urls[identity.name],
            "--key": str(self._environment.signing_key_file),
            "--state": str(self._parts.state_dir / "identity" / "logins.sqlite"),
            "--connection-svc": urls[CONNECTION_SVC],
            "--assignment-svc": urls[ASSIGNMENT_SVC],
        }
        options = [word for option in given.items() for word in option]
        command = [sys.executable, "-m", "koppel_identity.main", *options]
        identity.bring_up(Launch(command=command, environment={}))
        self._ready(identity.name, urls[identity.name])

    def _start_console(self, urls: dict[str, str]) -> None:
        console = self._parts.console
        services = {name: url for name, url in urls.items() if name in self._parts.services}
        environment = self._environment.of_console(
            urls[console.name], identity=urls[self._parts.identity.name], services=services
        )
        command = [sys.executable, "-m", "koppel_console.main", "run"]
        console.bring_up(Launch(command=command, environment=environment))
        self._ready(console.name, urls[console.name])

    def _start_service(
        self,
        service: ServicePart,
        urls: dict[str, str],
        database: Future[None],
        launched: Future[None],
        topics: Future[None],
    ) -> None:
        database.result()
        launched.result()
        addresses = Addresses(
            database_dsn=self._parts.database.dsn,
            kafka=self._parts.broker.variables,
            services={name: url for name, url in urls.items() if name in self._parts.services},
            sandbox=urls[self._parts.sandbox.name],
            identity=urls[self._parts.identity.name],
        )
        self._migrate(service, addresses, Phase.PRE)
        if not self._parts.broker.has_topics():
            topics.result()  # a consumer that finds no topic looks again only minutes later
        part = self._parts.services[service.name]
        command = [sys.executable, "-m", service.module, "run"]
        environment = self._environment.of(service, addresses)
        if part.bring_up(Launch(command=command, environment=environment)):
            self._migrate(service, addresses, Phase.POST)  # a process that was found may be the old code's
        self._ready(service.name, urls[service.name])
        for another in self._parts.more.get(service.name, ()):
            port = urls[another.name].rpartition(":")[2]
            beside = {**environment, service.prefix + "PORT": port}
            another.bring_up(Launch(command=command, environment=beside))
            self._ready(another.name, urls[another.name])

    def _migrate(self, service: ServicePart, addresses: Addresses, phase: Phase) -> None:
        owner_dsn = self._roles.dsn(addresses.database_dsn, f"{service.schema}_owner")
        if not up_to_date(service, owner_dsn, phase):
            environment = self._environment.of_migration(service, addresses)
            migrate(service, environment, self._parts.state_dir, phase)

    def _ready(self, part: str, where: str) -> None:
        self._say(f"{part:15} ready after {time.monotonic() - self._began:4.1f} s  {where}")
