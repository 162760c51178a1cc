"""The relay's side of the database: shards, pending pointers, marks.

One connection outside any transaction holds the shard locks and reads; it never waits for a lock and never
holds a snapshot, so it stalls nobody's vacuum and nobody's open transaction stalls it.
"""

from collections.abc import Collection, Sequence
from importlib.resources import files
from math import ceil

import asyncpg

from koppel.platform.database import Database

SHARDS = 16
"""Must match the SQL function `outbox_shard`; a change needs a drained outbox."""

PENDING = files(__package__).joinpath("pending.sql").read_text(encoding="utf-8")
PENDING_BELOW = (
    "select seq from outbox_pending where seq <= $1 and shard = any($2::smallint[]) order by seq limit $3"
)
_DELETE = "delete from outbox_pending where seq = any($1::bigint[])"
_LOCK_OF = "hashtext('koppel relay ' || current_schema())"
EVERY_RELAY = SHARDS
"""The number, behind those of the shards, of the lock that every relay of a schema shares: who is alive is who holds it."""
_ALIVE = f"""
select count(distinct pid) from pg_locks
where locktype = 'advisory' and objsubid = 2 and granted and mode = 'ShareLock'
  and classid = ({_LOCK_OF}::bigint & 4294967295)::oid and objid = $1::bigint::oid
  and database = (select oid from pg_database where datname = current_database())
"""
_SILENT_FOR = "15s"
"""A relay that was stopped by a signal keeps its session; the server ends it, and others take its shards."""
# Forces the index nested loop of pending.sql, whatever the statistics are.
PINNED = {
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "enable_material": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "max_parallel_workers_per_gather": "0",
}


class PendingEvents:
    """Opened and closed by the relay; `shards` are those this process holds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reader: asyncpg.Connection[asyncpg.Record] | None = None
        self._marker: asyncpg.Connection[asyncpg.Record] | None = None
        self._leaving: dict[int, set[int]] = {}
        self.shards: set[int] = set()

    async def open(self) -> None:
        self._reader = await self._database.session(
            **PINNED, statement_timeout="30s", idle_session_timeout=_SILENT_FOR
        )
        await self._reader.execute(f"select pg_advisory_lock_shared({_LOCK_OF}, $1)", EVERY_RELAY)
        # If a server crash loses a mark, the event is sent again and consumers skip it: no flush is needed.
        self._marker = await self._database.session(statement_timeout="30s", synchronous_commit="off")

    async def close(self) -> None:
        """Give up the shards: session locks go with the session."""
        self.shards = set()
        self._leaving.clear()
        for connection in (self._reader, self._marker):
            if connection is not None:
                connection.terminate()
        self._reader = self._marker = None

    async def claim_shards(self, in_flight: Collection[int]) -> None:
        """Take free shards up to a fair share of those who relay this schema, and let go of what is above it.

        A shard that is let go is read no more at once, and unlocked when nothing is in flight that was then. Never
        waits: a blocked waiter would hold a snapshot.
        """
        share = ceil(SHARDS / max(1, await self._read().fetchval(_ALIVE, EVERY_RELAY)))
        for shard in sorted(self.shards)[share:]:
            self.shards.discard(shard)
            self._leaving[shard] = set(in_flight)
        for shard, unfinished in list(self._leaving.items()):
            if unfinished.isdisjoint(in_flight):
                await self._read().execute(f"select pg_advisory_unlock({_LOCK_OF}, $1)", shard)
                del self._leaving[shard]
        for shard in range(SHARDS):
            if len(self.shards) >= share:
                break
            if shard in self.shards or shard in self._leaving:
                continue
            if await self._read().fetchval(f"select pg_try_advisory_lock({_LOCK_OF}, $1)", shard):
                self.shards.add(shard)

    async def read(self, after: int, limit: int) -> list[asyncpg.Record]:
        """Pending events behind `after`, oldest first."""
        return await self._read().fetch(PENDING, after, sorted(self.shards), limit)

    async def late_commit(self, below: int, in_flight: Collection[int], limit: int) -> int | None:
        """The lowest pending seq up to `below` that is not in flight: a late commit, or a failed send."""
        rows = await self._read().fetch(PENDING_BELOW, below, sorted(self.shards), limit)
        return next((row["seq"] for row in rows if row["seq"] not in in_flight), None)

    async def mark(self, acknowledged: Sequence[int]) -> None:
        """The broker has them: forget the pointers."""
        assert self._marker is not None  # noqa: S101  (opened before the marking task starts)
        await self._marker.execute(_DELETE, acknowledged)

    def _read(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._reader is None:
            raise asyncpg.InterfaceError("the relay's connection is not open")
        return self._reader
