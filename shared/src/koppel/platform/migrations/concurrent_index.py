"""`create index concurrently`: outside a transaction, so it may leave an invalid index behind."""

import re
from dataclasses import dataclass

import asyncpg

from koppel.kernel.errors import Permanent
from koppel.platform.migrations.limits import Limits, milliseconds
from koppel.platform.migrations.scripts import Script

_COMMENT = re.compile(r"--[^\n]*")
_CONCURRENTLY = re.compile(r"\bindex\s+concurrently\b", re.IGNORECASE)
_STATEMENT = re.compile(
    r"\s*create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+(\w+)\s+on\s+(\w+)\b[^;]*+;?\s*+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ConcurrentIndex:
    """The one index that a script builds."""

    index: str
    table: str
    sql: str

    async def build(self, connection: "asyncpg.Connection[asyncpg.Record]", limits: Limits) -> None:
        """Build it, after dropping what a failed try left. Raises what the server does."""
        async with connection.transaction():
            # A conflicting lock is found here, within the lock time-out, and not after hours of building.
            await connection.execute(f'lock table "{self.table}" in share update exclusive mode')
        # From here only old transactions are waited for, and no other session waits for this one.
        await _bounded(connection, lock=milliseconds(limits.index), statement=milliseconds(limits.index))
        try:
            if await self._is_invalid(connection):
                await connection.execute(f'drop index concurrently "{self.index}"')
            await connection.execute(self.sql)
        finally:
            if not connection.is_closed():
                await _bounded(
                    connection, lock=milliseconds(limits.lock), statement=milliseconds(limits.statement)
                )

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
    return ConcurrentIndex(found[1].lower(), found[2].lower(), sql)


async def _bounded(connection: "asyncpg.Connection[asyncpg.Record]", *, lock: str, statement: str) -> None:
    await connection.execute(
        "select set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false)",
        lock,
        statement,
    )
