"""Plain SQL migrations, forward only; the platform's tables first, then the service's own.

Files are named `NNNN_pre_<what>.sql` (before the new code runs) or `NNNN_post_<what>.sql` (after the last old
process is gone). Each runs in a transaction of its own, under a lock time-out, and is remembered with its
hash: an applied file is never edited.
"""

import hashlib
import logging
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

import asyncpg

from koppel.kernel.errors import Conflict

log = logging.getLogger(__name__)

_BOOKKEEPING = """
create table if not exists schema_migration (
    name       text        primary key,
    sha256     text        not null,
    applied_at timestamptz not null default now()
)
"""


async def migrate(dsn: str, schema: str, package: str) -> list[str]:
    """Bring `schema` up to date as its owner role; `package` holds the service's `migrations` folder.

    Returns the names applied now. Raises `Conflict` when an applied file was edited.
    """
    connection = await asyncpg.connect(
        dsn, server_settings={"search_path": f'"{schema}"', "timezone": "UTC", "lock_timeout": "2s"}
    )
    try:
        await connection.execute(
            "select pg_advisory_lock(hashtext('koppel migrations ' || current_schema()))"
        )
        await connection.execute(_BOOKKEEPING)
        applied = {
            row["name"]: row["sha256"]
            for row in await connection.fetch("select name, sha256 from schema_migration")
        }
        return [name for name, sql in _scripts(package) if await _apply(connection, applied, name, sql)]
    finally:
        await connection.close()


def pending(applied: set[str], package: str) -> list[str]:
    """Names of the scripts that `applied` lacks."""
    return [name for name, _ in _scripts(package) if name not in applied]


async def _apply(
    connection: "asyncpg.Connection[asyncpg.Record]", applied: dict[str, str], name: str, sql: str
) -> bool:
    digest = hashlib.sha256(sql.encode()).hexdigest()
    if name in applied:
        if applied[name] != digest:
            raise Conflict(
                "migration_edited", f"{name} was changed after it had been applied; add a new file instead."
            )
        return False
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute("insert into schema_migration (name, sha256) values ($1, $2)", name, digest)
    log.info("applied migration %s", name)
    return True


def _scripts(package: str) -> Iterator[tuple[str, str]]:
    for origin, folder in (
        ("platform", files("koppel.platform.migrations")),
        (package, files(package).joinpath("migrations")),
    ):
        for script in _sql_files(folder):
            yield f"{origin}/{script.name}", script.read_text(encoding="utf-8")


def _sql_files(folder: Traversable) -> list[Traversable]:
    return sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name
    )
