"""The check before the first write. It refuses; only a person can say that a restore was meant."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from koppel.kernel.errors import Permanent
from koppel.platform.database import Database
from koppel.platform.kafka.access import Kafka
from koppel.platform.outbox.maintenance import KEEP_LOG
from koppel.platform.restore.published import tails, unknown

IDENTITY = """
select system_identifier::text as system_identifier,
       ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint as timeline
from pg_control_system()
"""
_DROPPED_EARLY = timedelta(days=2)
"""An event that is younger than the log is kept, less this, was not dropped with its day."""


class DatabaseRestored(Permanent):
    """The database is not the one that was written to last."""

    def __init__(self, service: str, why: str) -> None:
        super().__init__(
            "database_restored",
            f"The database went back in time: {why}. Nothing was written. See docs/runbooks/database-restored.md; "
            f'to go on: {service} accept-restore --reason "…"',
        )


@dataclass(frozen=True, slots=True)
class RestoreCheck:
    """A part that starts before the pool is opened. Raises `DatabaseRestored`, and what says that a server is away."""

    database: Database
    service: str
    kafka: Kafka
    log_kept: timedelta = KEEP_LOG

    async def run(self) -> None:
        connection = await self.database.session()
        try:
            identity = await self._same_cluster(connection)
            await self._nothing_forgotten(connection, await connection.fetchval("select since from epoch"))
        finally:
            await connection.close()
        self.database.only_on(IDENTITY, identity)

    async def _same_cluster(self, connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[str, int]:
        now = await connection.fetchrow(IDENTITY)
        then = await connection.fetchrow("select system_identifier, timeline from epoch")
        assert now is not None  # noqa: S101  (every cluster has one)
        if then is None or then["system_identifier"] != now["system_identifier"]:
            raise DatabaseRestored(self.service, "its data was brought to another cluster")
        if then["timeline"] != now["timeline"]:
            raise DatabaseRestored(
                self.service, f"its cluster's timeline was {then['timeline']} and is {now['timeline']}"
            )
        return now["system_identifier"], now["timeline"]

    async def _nothing_forgotten(
        self, connection: "asyncpg.Connection[asyncpg.Record]", since: datetime
    ) -> None:
        """What was published before this epoch began is another database's, or was accepted."""
        published = await tails(self.kafka, self.service)
        remembers = (self.log_kept - _DROPPED_EARLY).total_seconds()
        oldest = max(time.time() - remembers, since.timestamp())
        forgotten = await unknown(connection, [each for each in published if each.at > oldest])
        if forgotten:
            one = forgotten[-1]
            raise DatabaseRestored(
                self.service,
                f"Kafka holds events of ours that the log does not know, "
                f"such as version {one.version} of {one.topic} {one.key}",
            )
