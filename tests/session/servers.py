"""Servers that tests of any folder may ask for: started at the first need, one of each for all processes of a run."""

from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

import pytest
from tests.session.folder import RunFolder

from koppel_local.kafka.server import KafkaServer
from koppel_local.postgres.server import PostgresServer

_FOLDER = pytest.StashKey[RunFolder]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FOLDER] = folder = RunFolder(config)
    config.pluginmanager.register(folder, "koppel-run-folder")


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> RunFolder:
    return pytestconfig.stash[_FOLDER]


@pytest.fixture(scope="session")
def new_folder(run_folder: RunFolder) -> Callable[[], Path]:
    """Makes a folder for a server or a stack of one's own; what still runs in it ends with the run."""
    return lambda: Path(mkdtemp(dir=run_folder.path))


@pytest.fixture(scope="session")
def postgres_server(run_folder: RunFolder) -> str:
    """The administrator's connection string of a real PostgreSQL 18."""
    server = PostgresServer(run_folder.path, durable=False)
    with run_folder.alone("postgres"):
        server.start()
    return server.dsn


@pytest.fixture(scope="session")
def kafka_server(run_folder: RunFolder) -> str:
    """The bootstrap servers of a real Apache Kafka."""
    server = KafkaServer(run_folder.path)
    with run_folder.alone("kafka"):
        server.start()
    return server.bootstrap_servers
