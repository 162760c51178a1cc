"""`create index concurrently`: outside a transaction, so it may leave an invalid index behind.

The server does not do so on a partitioned table: there each partition's index is built so, and attached.
"""

import re
from dataclasses import dataclass, replace

import asyncpg

from koppel.kernel.errors import Permanent
from koppel.platform.migrations.limits import Limits, milliseconds
from koppel.platform.migrations.scripts import Script

_COMMENT = re.compile(r"--[^\n]*")
_CONCURRENTLY = re.compile(r"\bindex\s+concurrently\b", re.IGNORECASE)
_STATEMENT = re.compile(
    r"\s*create\s+(unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+(\w+)\s+on\s+(\w+)\b([^;]*+);?\s*+",
    re.IGNORECASE,
)
_BARE = """
select part.relname from pg_inherits join pg_class part on part.oid = inhrelid
where inhparent = to_regclass(quote_ident($1)) and not exists (
    select from pg_index own join pg_inherits attached on attached.inhrelid = own.indexrelid
    where own.indrelid = part.oid and attached.inhparent = to_regclass(quote_ident($2))
)
order by part.relname
"""


@dataclass(frozen=True, slots=True)
class ConcurrentIndex:
    """The one index that a script builds."""

    index: str
    table: str
    rest: str
    """What stands behind the table: columns and condition."""
    unique: bool = False

    async def build(self, connection: "asyncpg.Connection[asyncpg.Record]", limits: Limits) -> None:
        """Build it, after dropping what a failed try left. Raises what the server does."""
        if not await self._is_partitioned(connection):
            await self.build_alone(connection, limits)
            return
        # Partitions to come have it from here on; an empty table has it at once.
        empty = await connection.fetchval(f'select not exists (select from "{self.table}")')
        await connection.execute(self._sql(on="" if empty else "only "))
        for (partition,) in await connection.fetch(_BARE, self.table, self.index):
            own = replace(self, table=partition, index=f"{partition}{self.index.removeprefix(self.table)}")
            await own.build_alone(connection, limits)
            await connection.execute(f'alter index "{self.index}" attach partition "{own.index}"')

    async def build_alone(self, connection: "asyncpg.Connection[asyncpg.Record]", limits: Limits) -> None:
        """Of a table without partitions, or of one partition."""
        async with connection.transaction():
            # A conflicting lock is found here, within the lock time-out, and not after hours of building.
            await connection.execute(f'lock table "{self.table}" in share update exclusive mode')
        # From here only old transactions are waited for, and no other session waits for this one.
        await _bounded(connection, lock=milliseconds(limits.index), statement=milliseconds(limits.index))
        try:
            if await self._is_invalid(connection):
                await connection.execute(f'drop index concurrently "{self.index}"')
            await connection.execute(self._sql(how="concurrently "))
        finally:
            if not connection.is_closed():
                await _bounded(
                    connection, lock=milliseconds(limits.lock), statement=milliseconds(limits.statement)
                )

    def _sql(self, *, how: str = "", on: str = "") -> str:
        what = "unique index" if self.unique else "index"
        return f'create {what} {how}if not exists "{self.index}" on {on}"{self.table}"{self.rest}'

    async def _is_partitioned(self, connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
        kind = await connection.fetchval(
            "select relkind from pg_class where oid = to_regclass(quote_ident($1))", self.table
        )
        return bool(kind == b"p")

    async def _is_invalid(self, connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
        return bool(
            await connection.fetchval(
                "select true from pg_index where indexrelid = to_regclass(quote_ident($1)) and not indisvalid",
                self.index,
            )
        )


def concurrent_index(script: Script) -> ConcurrentIndex | None:
    """What the script builds so; None when it is an ordinary one.

    Raises `Permanent` when the statement does not stand alone or cannot be tried twice.
    """
    sql = _COMMENT.sub("", script.sql)
    if not _CONCURRENTLY.search(sql):
        return None
    found = _STATEMENT.fullmatch(sql)
    if found is None:
        raise Permanent(
            "migration_not_alone",
            f"{script.name} builds an index concurrently: that is one statement in a file of its own, "
            "create [unique] index concurrently if not exists <name> on <table> ….",
        )
    unique, index, table, rest = found.groups()
    return ConcurrentIndex(index.lower(), table.lower(), rest, unique is not None)


async def _bounded(connection: "asyncpg.Connection[asyncpg.Record]", *, lock: str, statement: str) -> None:
    await connection.execute(
        "select set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false)",
        lock,
        statement,
    )
