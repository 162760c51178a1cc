"""Servers that tests of any folder may ask for: started at the first need, once a session, always stopped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from koppel.testing.scratch import scratch_folder
from koppel_local.kafka import KafkaServer
from koppel_local.postgres import PostgresServer


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder for the session's servers, gone afterwards."""
    with scratch_folder("koppel-tests-") as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_server(server_folder: Path) -> Iterator[str]:
    """The administrator's connection string of a real PostgreSQL 18."""
    server = PostgresServer(server_folder, durable=False)
    try:
        server.start()
        yield server.dsn
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kafka_server(server_folder: Path) -> Iterator[str]:
    """The bootstrap servers of a real Apache Kafka."""
    server = KafkaServer(server_folder)
    try:
        server.start()
        yield server.bootstrap_servers
    finally:
        server.stop()
