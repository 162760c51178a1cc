"""What everything here stands on: one broker and one durable database of their own, in a folder of their own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from tests.bench.backbone.effects import MAKE_TABLES
from tests.bench.backbone.writing import MAKE_BARE

from koppel.contracts.replay_topic import replay_topic
from koppel.contracts.topics import ADMINISTRATION, REPLAY_CONTROL
from koppel.testing.databases import ServiceDatabase, service_database
from koppel_local.kafka.server import KafkaServer
from koppel_local.kafka.topics import create_missing
from koppel_local.postgres.server import PostgresServer
from koppel_local.progress import download_bar

SCHEMA = "platform"
REPLAY_TARGET = "assignment-svc"


@dataclass(frozen=True, slots=True)
class Ground:
    """Addresses, and the process ids of PostgreSQL and Kafka."""

    kafka: str
    server_dsn: str
    service: ServiceDatabase
    pids: Mapping[str, Sequence[int]]


@asynccontextmanager
async def ground(folder: Path, say: Callable[[str], None]) -> AsyncIterator[Ground]:
    """Start both, migrate the platform's tables, stop both. Raises `SetupFailed`."""
    postgres = PostgresServer(folder, say=say)
    kafka = KafkaServer(folder, say=say, progress=download_bar)
    try:
        postgres.start()
        kafka.start()
        await create_missing(
            kafka.bootstrap_servers, [ADMINISTRATION, REPLAY_CONTROL, replay_topic(REPLAY_TARGET)]
        )
        async with service_database(postgres.dsn, SCHEMA, "koppel.testing.platform_only") as service:
            await _make_tables(service)
            pids = {"postgres": [postgres.pid or 0], "kafka": [kafka.pid or 0]}
            yield Ground(kafka.bootstrap_servers, postgres.dsn, service, pids)
    finally:
        kafka.stop()
        postgres.stop()


async def _make_tables(service: ServiceDatabase) -> None:
    """The handlers' tables, made by the owner as a migration would."""
    owner = await asyncpg.connect(service.owner_dsn)
    try:
        await owner.execute(f'set search_path = "{service.schema}"')
        await owner.execute(MAKE_TABLES)
        await owner.execute(MAKE_BARE)
    finally:
        await owner.close()
