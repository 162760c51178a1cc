"""The one job that deletes expired rows. Each package declares how long it keeps its own."""

from datetime import timedelta

from koppel.platform.budget import forget_spend
from koppel.platform.consumer.consumed_ids import forget_ids
from koppel.platform.consumer.parked.release import forget_releases
from koppel.platform.database import Database
from koppel.platform.http import purge_idempotency_keys
from koppel.platform.operations.across_organisations import forget_reads
from koppel.platform.outbox.maintenance import KEEP_LOG, Maintenance


class Retention:
    """`log_kept` is how long the event log is kept."""

    def __init__(self, database: Database, log: Maintenance, log_kept: timedelta = KEEP_LOG) -> None:
        self._database = database
        self._log = log
        self._log_kept = log_kept

    async def run(self) -> None:
        """Each step in transactions of its own, so that no lock outlives it. Raises `LockNotAvailableError`."""
        await self._log.add_days()
        await forget_ids(self._database, self._log_kept)
        async with self._database.system() as connection:
            await purge_idempotency_keys(connection)
        async with self._database.system() as connection:
            await forget_spend(connection)
        async with self._database.system() as connection:
            await forget_reads(connection)
        async with self._database.system() as connection:
            await forget_releases(connection)
        await self._log.drop_days()
