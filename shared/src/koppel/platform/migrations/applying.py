"""Bringing a schema up to date, as its owner, one process at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg

from koppel.kernel.errors import Conflict, Permanent, Transient
from koppel.platform.database import SYSTEM
from koppel.platform.migrations.concurrent_index import concurrent_index
from koppel.platform.migrations.limits import Limits, milliseconds
from koppel.platform.migrations.scripts import Phase, Script, scripts

log = logging.getLogger(__name__)

_BOOKKEEPING = """
create table if not exists schema_migration (
    name       text        primary key,
    sha256     text        not null,
    applied_at timestamptz not null default now()
)
"""
_ASK_EVERY = 0.1


async def migrate(
    dsn: str, schema: str, package: str, phase: Phase | None = None, limits: Limits | None = None
) -> list[str]:
    """Apply what `schema` lacks, of one phase or (by default) of both in order of number.

    `dsn` is the owner's, `package` holds the service's `migrations`. Returns the names applied now. Scripts that
    this code does not know are newer code's and stay. Raises `Conflict` for an applied file that was edited or a
    `post` before its `pre`, `Transient` for a lock or a server that cannot be had, `Permanent` for a script that
    the server refuses; what was applied before stays applied.
    """
    limits, known = limits or Limits(), scripts(package)
    async with _session(dsn, schema, limits) as connection:
        applied = await _applied(connection)
        if not applied:
            await _alone(connection, "a fresh schema", limits)
        _refuse_edited(known, applied)
        missing = [script for script in known if script.name not in applied]
        _refuse_post_before_pre(missing, phase)
        done = []
        for script in missing:
            if phase in {None, script.phase}:
                await _apply(connection, script, limits)
                done.append(script.name)
        return done


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    await connection.execute(_BOOKKEEPING)
    return {
        row["name"]: row["sha256"]
        for row in await connection.fetch("select name, sha256 from schema_migration")
    }


def _refuse_edited(known: list[Script], applied: dict[str, str]) -> None:
    for script in known:
        if applied.get(script.name, script.sha256) != script.sha256:
            raise Conflict(
                "migration_edited",
                f"{script.name} was changed after it had been applied; add a new file instead.",
            )


def _refuse_post_before_pre(missing: list[Script], phase: Phase | None) -> None:
    waiting = [script.name for script in missing if script.phase is Phase.PRE]
    if phase is Phase.POST and waiting:
        raise Conflict(
            "pre_migrations_pending",
            f"{waiting[0]} is not applied, so new code cannot be running. hint: migrate --phase pre, start the new "
            "code everywhere, then migrate --phase post.",
        )


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", script: Script, limits: Limits) -> None:
    index = concurrent_index(script)
    left = "it changed nothing" if index is None else "the next run goes on from what it left"
    with _in_one_line(script, limits, left):
        if index is not None:
            await index.build(connection, limits)
        async with connection.transaction():
            if index is None:
                await connection.execute(script.sql)
            await connection.execute(
                "insert into schema_migration (name, sha256) values ($1, $2)", script.name, script.sha256
            )
    log.info("applied migration %s", script.name)


_LET_IN = (
    "hint: is PostgreSQL up, did the bootstrap make the role, and does the service's "
    "MIGRATION_DATABASE_URL or MIGRATION_DATABASE_PASSWORD_FILE give its password?"
)


@contextmanager
def _in_one_line(script: Script, limits: Limits, left: str) -> Iterator[None]:
    try:
        yield
    except asyncpg.LockNotAvailableError as error:
        raise Transient(
            "migration_lock_busy",
            f"{script.name} could not get its lock within {limits.lock.total_seconds():g} s; {left}. hint: "
            "pg_stat_activity shows the transaction that holds it; when that is over, migrate again.",
        ) from error
    except asyncpg.QueryCanceledError as error:
        raise Transient(
            "migration_too_slow",
            f"{script.name} was stopped by its time-out; {left}. hint: migrate at a quieter time, or "
            "with a longer --statement-timeout.",
        ) from error
    except asyncpg.PostgresError as error:
        message = " ".join((error.args[0] if error.args else type(error).__name__).split())
        raise Permanent("migration_refused", f"{script.name} was refused: {message}") from error


@asynccontextmanager
async def _session(
    dsn: str, schema: str, limits: Limits
) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    settings = {
        "application_name": f"{schema} migrations",
        "search_path": f'"{schema}"',
        "timezone": "UTC",
        # Row level security is forced on owners, too: without this a script that fills a table from another sees no rows.
        "koppel.organisation": SYSTEM,
        "lock_timeout": milliseconds(limits.lock),
        "statement_timeout": milliseconds(limits.statement),
    }
    try:
        connection = await asyncpg.connect(dsn, server_settings=settings)
    except (OSError, asyncpg.PostgresError) as error:
        raise Transient(
            "database_unavailable", f"The database does not let us in: {error}. {_LET_IN}"
        ) from error
    try:
        await _alone(connection, schema, limits)
        yield connection
    finally:
        await connection.close()


async def _alone(connection: "asyncpg.Connection[asyncpg.Record]", which: str, limits: Limits) -> None:
    """Hold these migrations of the database until the connection closes.

    Those of a schema, and of all fresh ones together: the first script makes the log's partitions under a lock of the
    whole database, for longer than another schema's time-out. Asked for again and again: a session that waits inside
    one statement holds a snapshot, and an index that is built concurrently by the other process would wait for that
    snapshot.
    """
    try:
        async with asyncio.timeout(limits.other.total_seconds()):
            while not await connection.fetchval(  # noqa: ASYNC110  (the other process cannot be awaited)
                "select pg_try_advisory_lock(hashtext('koppel migrations ' || $1::text))", which
            ):
                await asyncio.sleep(_ASK_EVERY)
    except TimeoutError as error:
        raise Transient(
            "migration_in_progress",
            f"Another process migrates {which} and did not end within "
            f"{limits.other.total_seconds():g} s. hint: migrate again when it has ended.",
        ) from error
