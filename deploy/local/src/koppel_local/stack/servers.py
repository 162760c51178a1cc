"""The database and the broker of a stack: our own, or ones that exist and are given by address."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

from aiokafka.errors import KafkaConnectionError

from koppel.platform.kafka.access import Kafka
from koppel.platform.kafka.refusals import attempting
from koppel_local.failure import SetupFailed
from koppel_local.kafka.given import SERVERS, kafka_of, kafka_variables
from koppel_local.kafka.readiness import await_broker, broker_answers, port_answers
from koppel_local.kafka.server import KafkaServer
from koppel_local.kafka.topics import NEEDED, ensure_topics
from koppel_local.postgres.databases import Roles, check_database, on_database, prepare_database
from koppel_local.postgres.server import PostgresServer
from koppel_local.progress import DownloadProgress
from koppel_local.threads import run_in_thread

EXTERNAL_WITHIN = 15.0
"""Seconds that a given server has to answer."""

_TOPIC_NAMES = "\n".join(topic.name for topic in NEEDED)


class Database(Protocol):
    """A PostgreSQL server; `dsn` is the administrator's, on the services' database."""

    @property
    def dsn(self) -> str: ...
    @property
    def pids(self) -> list[int]: ...
    @property
    def ready(self) -> bool: ...
    def start(self, roles: Roles) -> None: ...
    def stop(self) -> None: ...


class Broker(Protocol):
    """A Kafka cluster; `variables` tell a service where it is and how to get in."""

    @property
    def bootstrap_servers(self) -> str: ...
    @property
    def kafka(self) -> Kafka: ...
    @property
    def variables(self) -> Mapping[str, str]: ...
    @property
    def pids(self) -> list[int]: ...
    @property
    def ready(self) -> bool: ...
    def launch(self) -> None: ...
    def await_ready(self) -> None: ...
    def has_topics(self) -> bool: ...
    def make_topics(self) -> None: ...
    def stop(self) -> None: ...


class EmbeddedDatabase:
    """Our own server."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    @property
    def dsn(self) -> str:
        return on_database(self._server.dsn)

    @property
    def pids(self) -> list[int]:
        return [self._server.pid] if self._server.pid else []

    @property
    def ready(self) -> bool:
        return self._server.ready

    def start(self, roles: Roles) -> None:
        self._server.start()
        prepare_database(self._server.dsn, roles)

    def stop(self) -> None:
        self._server.stop()


class ExternalDatabase:
    """A server that somebody else runs: never started or stopped here."""

    def __init__(self, given: str) -> None:
        self._given = given
        self.dsn = on_database(given)
        self.pids: list[int] = []

    @property
    def ready(self) -> bool:
        try:
            check_database(self.dsn)
        except SetupFailed:
            return False
        return True

    def start(self, roles: Roles) -> None:
        """Raises `SetupFailed` when the login fails, or lacks the rights that are needed."""
        prepare_database(self._given, roles)

    def stop(self) -> None:
        """Not ours to stop."""


class EmbeddedBroker:
    """Our own broker."""

    def __init__(self, server: KafkaServer, note: Path) -> None:
        self._server = server
        self._note = note

    @property
    def bootstrap_servers(self) -> str:
        return self._server.bootstrap_servers

    @property
    def kafka(self) -> Kafka:
        return self.bootstrap_servers

    @property
    def variables(self) -> Mapping[str, str]:
        return kafka_variables({SERVERS: self.bootstrap_servers})

    @property
    def pids(self) -> list[int]:
        return [self._server.pid] if self._server.pid else []

    @property
    def ready(self) -> bool:
        return bool(self.pids) and _answers(self.bootstrap_servers)

    def launch(self) -> None:
        self._server.launch()

    def await_ready(self) -> None:
        self._server.await_ready()

    def has_topics(self) -> bool:
        """Whether a start before this one made them all, as noted beside the data. Makes no call."""
        return self._note.exists() and self._note.read_text() == _TOPIC_NAMES

    def make_topics(self) -> None:
        ensure_topics(self.bootstrap_servers)
        self._note.write_text(_TOPIC_NAMES)

    def stop(self) -> None:
        self._server.stop()


class ExternalBroker:
    """A cluster that somebody else runs: never started or stopped here."""

    def __init__(self, given: Mapping[str, str]) -> None:
        """Settings by name."""
        self._given = given
        self.bootstrap_servers = given[SERVERS]
        self.variables: Mapping[str, str] = kafka_variables(given)
        self.pids: list[int] = []

    @cached_property
    def kafka(self) -> Kafka:
        """Raises `SetupFailed` for what does not go together, when it is needed: a stack can be stopped without."""
        return kafka_of(self._given)

    @property
    def ready(self) -> bool:
        try:
            return _answers(self.kafka)
        except SetupFailed:
            return False

    def launch(self) -> None:
        """It runs already, or `await_ready` says that it does not."""

    def await_ready(self) -> None:
        """Raises `SetupFailed` when it does not answer in time."""
        if (why := run_in_thread(_silence(self.kafka))) is not None:
            detail = f"Kafka on {self.kafka} did not answer within {EXTERNAL_WITHIN:.0f} seconds: {why}."
            hint = "Check KOPPEL_KAFKA_BOOTSTRAP_SERVERS, or leave it out to use the embedded broker."
            raise SetupFailed("broker_unreachable", detail, hint=hint)

    def has_topics(self) -> bool:
        """Unknown before it was asked."""
        return False

    def make_topics(self) -> None:
        ensure_topics(self.kafka)

    def stop(self) -> None:
        """Not ours to stop."""


def choose_database(given: str | None, state_dir: Path, say: Callable[[str], None]) -> Database:
    """The server of that connection string, else our own."""
    return ExternalDatabase(given) if given else EmbeddedDatabase(PostgresServer(state_dir, say=say))


def choose_broker(
    given: Mapping[str, str], state_dir: Path, say: Callable[[str], None], progress: DownloadProgress
) -> Broker:
    """The cluster of those settings, else our own."""
    if given.get(SERVERS):
        return ExternalBroker(given)
    return EmbeddedBroker(KafkaServer(state_dir, say=say, progress=progress), state_dir / "kafka" / "topics")


def _answers(kafka: Kafka) -> bool:
    async def ask() -> bool:
        return await port_answers(kafka) and await broker_answers(kafka)

    return run_in_thread(ask())


async def _silence(kafka: Kafka) -> str | None:
    """Why it does not answer; None once it does."""
    with attempting() as tried:
        if await await_broker(kafka, within=EXTERNAL_WITHIN, alive=lambda: True):
            return None
        return tried.why(KafkaConnectionError("nobody is there"))
