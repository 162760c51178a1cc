"""What the chaos tests share: servers, processes, and the words of a test for the tables that a run ends with."""

import base64
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.alerts import told as alerting
from tests.chaos.criteria.figures import Report
from tests.chaos.refreshes.provider import Played
from tests.chaos.refreshes.told import Told
from tests.chaos.refreshes.world import World, world
from tests.chaos.rig.crew import Zygote
from tests.chaos.rig.killed import Killed
from tests.chaos.rig.run import Run, run
from tests.chaos.rig.schedule import LONG
from tests.chaos.rig.servers import Servers, Unharmed, chaos_servers
from tests.chaos.rig.told import Tell, tells_alerts, tells_figures, tells_kills, tells_refreshes

from koppel.testing.databases import service_database

collect_ignore = [] if LONG else ["alerts", "criteria", "engine", "roles"]
"""The criteria with the numbers of their list take minutes: they belong to the long tier."""


@pytest.fixture
def killed(record_property: Tell) -> Callable[[Killed], None]:
    """Tell of a seeded bug and what killed it."""
    return tells_kills(record_property)


@pytest.fixture
def report(record_property: Tell) -> Report:
    """Tell figures for the table of criteria that a long run ends with."""
    return tells_figures(record_property)


@pytest.fixture
def told(record_property: Tell) -> Told:
    """Tell figures of refreshes that were disturbed."""
    return tells_refreshes(record_property)


@pytest.fixture
def alerts_told(record_property: Tell) -> alerting.Told:
    """Tell when alerts fired, and when they were over."""
    return tells_alerts(record_property)


@pytest.fixture(scope="session")
def servers(new_folder: Callable[[], Path]) -> Iterator[Servers]:
    """A PostgreSQL and a Kafka that tests may kill."""
    with chaos_servers(new_folder()) as started:
        yield started


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """What forks the workers; none of them outlives it."""
    forking = Zygote()
    try:
        yield forking
    finally:
        forking.close()


@pytest.fixture
def opened_world(postgres_server: str, zygote: Zygote, tmp_path: Path) -> Callable[[Played], Any]:
    """Opens a database of connection-svc and a provider whose tokens it refreshes."""

    @asynccontextmanager
    async def opened(provider: Played) -> AsyncIterator[World]:
        key_file = tmp_path / "key"
        key_file.write_bytes(base64.b64encode(os.urandom(32)))
        key_file.chmod(0o600)
        async with (
            service_database(postgres_server, "connection", "connection_svc") as schema,
            world(schema, zygote, key_file, provider) as here,
        ):
            yield here

    return opened


@pytest.fixture
async def calm_run(
    postgres_server: str, kafka_server: str, zygote: Zygote, tmp_path: Path
) -> AsyncIterator[Run]:
    """Processes that may be killed, on servers that are not."""
    async with run(Unharmed(kafka_server, postgres_server), zygote, tmp_path) as running:
        yield running


@pytest.fixture
async def chaos_run(servers: Servers, zygote: Zygote, tmp_path: Path) -> AsyncIterator[Run]:
    async with run(servers, zygote, tmp_path) as running:
        yield running
