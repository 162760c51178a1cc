"""Seeded bugs of what is kept how long, and of maintenance."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import mutant

from koppel.contracts.topics import SYNC_REQUEST
from koppel.platform.consumer import consumed_ids, processor
from koppel.platform.outbox import maintenance
from koppel.platform.retention import Retention


@mutant("redelivery an hour before the window ends is refused", "effect doubled")
def ids_forgotten_with_their_topic() -> Iterator[None]:
    """Kept as long as the topic is, and no longer."""
    assert SYNC_REQUEST.retention_ms is not None
    days = SYNC_REQUEST.retention_ms // 86_400_000
    with patch.object(consumed_ids, "KEEP_IDS_DAYS", days):
        yield


@mutant("events of one publisher are told apart", "taken for a repeat")
def events_deduplicated_by_their_transaction() -> Iterator[None]:
    def identity(item: Any) -> str:
        return f"{item.envelope.source} {item.envelope.subject} {item.envelope.time}"

    with patch.object(processor, "_identity", identity):
        yield


@mutant("nobody waits while ids are forgotten", "writer waits for the purge")
def house_kept_in_one_transaction() -> Iterator[None]:
    """Partitions first, which locks the log, and then the ids, however many."""

    async def run(self: Any) -> None:
        async with self._database.system() as connection:
            days = maintenance.KEEP_LOG.days
            await connection.execute("select drop_event_log_partitions(current_date - $1::int)", days)
            await connection.execute(
                "delete from consumed_event where consumed_at < now() - interval '31 days'"
            )

    with patch.object(Retention, "run", run):
        yield
