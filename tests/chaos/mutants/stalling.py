"""Seeded bugs of standing still."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import changed, mutant

from koppel.platform.database import Database
from koppel.platform.outbox import pending
from koppel.platform.outbox.pending import SHARDS, PendingEvents


@mutant("idle transactions elsewhere do not stall the relay", "not drained")
def reads_below_the_oldest_transaction_only() -> Iterator[None]:
    horizon = "xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint and seq"
    with patch.object(pending, "PENDING", changed(pending.PENDING, "where seq", f"where {horizon}")):
        yield


@mutant("relay without shards holds nothing while it waits", "waits for a lock")
def waits_for_a_shard() -> Iterator[None]:
    async def claim(self: Any, _: object) -> None:
        for shard in set(range(SHARDS)) - self.shards:
            await self._read().execute(f"select pg_advisory_lock({pending._LOCK_OF}, $1)", shard)
            self.shards.add(shard)

    with patch.object(PendingEvents, "claim_shards", claim):
        yield


@mutant("session of ours may not rest in a transaction", "rests for ever")
def no_bound_on_resting_transactions() -> Iterator[None]:
    settings = Database._server_settings

    def unbounded(self: Any) -> dict[str, str]:
        return settings(self) | {"idle_in_transaction_session_timeout": "0"}

    with patch.object(Database, "_server_settings", unbounded):
        yield
