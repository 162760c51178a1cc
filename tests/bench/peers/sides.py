"""The two that are compared: our relay, and Debezium under Kafka Connect; each works in its turn only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import asyncpg
from tests.bench.backbone.carrying import reached
from tests.bench.backbone.ground import SCHEMA, Ground
from tests.bench.backbone.workers import working
from tests.bench.peers.connect import ConnectServer
from tests.bench.peers.outbox import make_database
from tests.bench.peers.settings import SLOT

from koppel.contracts.topics import ADMINISTRATION, Topic
from koppel.platform.database import Database
from koppel_local.kafka.topics import create_missing
from koppel_local.progress import DownloadProgress

PEER_TOPIC = Topic(name="bench.outbox.v1", owner="import-svc", partitions=ADMINISTRATION.partitions)

_READS = "select exists (select 1 from pg_replication_slots where slot_name = $1 and active)"
_READY_WITHIN = 60.0


class Side(Protocol):
    """One of the two. `name` as in the table, `role` as the writer knows it."""

    name: str
    role: str
    dsn: str
    topic: str

    def at_work(self) -> AbstractAsyncContextManager[int]:
        """It carries inside the block and does nothing outside of it; gives its process id."""
        ...

    async def settled(self) -> None:
        """Until nothing is left to do for events that were read already."""
        ...

    def log_tail(self) -> str:
        """What it wrote last, for whoever asks why events are missing."""
        ...


class Ours:
    """The platform's relay in a process of its own."""

    name = "Koppel"
    role = "ours"
    topic = ADMINISTRATION.name

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.dsn = ground.service.app_dsn

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[int]:
        async with working(self._ground, "relay", "bench-relay") as (relay,):
            yield relay.pid

    async def settled(self) -> None:
        """Until every pointer is gone."""
        connection = await Database(self.dsn, SCHEMA).session()
        try:
            await reached(connection, "select not exists (select 1 from outbox_pending)")
        finally:
            await connection.close()

    def log_tail(self) -> str:
        """The relay logs where this program does."""
        return ""


class Peer:
    """Debezium's outbox event router; its Java stays up and warm between its turns, its connector does not."""

    name = "Debezium"
    role = "peer"
    topic = PEER_TOPIC.name

    def __init__(self, connect: ConnectServer, dsn: str) -> None:
        self._connect = connect
        self.dsn = dsn

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[int]:
        await self._connect.resume()
        await self.ready()
        try:
            yield self._connect.pid
        finally:
            await self._connect.pause()

    async def settled(self) -> None:
        """It has nothing to forget: the rows stay, and its place in the log is confirmed in time."""

    async def ready(self) -> None:
        """Until it reads its slot: before the first time, what is appended would never reach it."""
        connection = await asyncpg.connect(self.dsn)
        try:
            async with asyncio.timeout(_READY_WITHIN):
                while not await connection.fetchval(_READS, SLOT):  # noqa: ASYNC110  (PostgreSQL sets no event)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise self._connect.failed(f"did not read its slot within {_READY_WITHIN:.0f} s") from None
        finally:
            await connection.close()

    def log_tail(self) -> str:
        return self._connect.log_tail()


@asynccontextmanager
async def both(folder: Path, ground: Ground, progress: DownloadProgress) -> AsyncIterator[tuple[Ours, Peer]]:
    """Both sides on this ground, at rest. Raises `SetupFailed`."""
    await create_missing(ground.kafka, [PEER_TOPIC])
    dsn = await make_database(ground.server_dsn)
    connect = ConnectServer(folder, ground.kafka, progress)
    try:
        await connect.start(dsn)
        peer = Peer(connect, dsn)
        await peer.ready()
        await connect.pause()
        yield Ours(ground), peer
    finally:
        await connect.stop()
