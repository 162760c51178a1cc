"""A database of its own for a test, with the role pair and the migrations of production."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from koppel.platform.database import Database
from koppel.platform.migrations import migrate

_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_COMMON = "postgres"
"""Where databases are made from: advisory locks are a database's own, so all who make a template take theirs in this one."""
_PASSWORD = "only-for-tests"  # noqa: S105  (a throw-away server on loopback)


@dataclass(frozen=True, slots=True)
class ServiceDatabase:
    """DSNs of one service's schema in a fresh database."""

    schema: str
    admin_dsn: str
    owner_dsn: str
    app_dsn: str

    def open(self, *, max_size: int = 6) -> Database:
        """Not connected yet: `await database.open()`."""
        return Database(self.app_dsn, self.schema, max_size=max_size)


@asynccontextmanager
async def service_database(server_dsn: str, schema: str, package: str) -> AsyncIterator[ServiceDatabase]:
    """A database with the schema, its roles and its migrations; dropped afterwards.

    `server_dsn` is an administrator's, of a server that is thrown away with the tests: the first database of a
    schema is migrated and stays there as the template of the others. `package` holds the service's `migrations`
    (`koppel.testing.platform_only` for the platform's tables alone).
    """
    template, name = f"template_{schema}_{package}", f"test_{uuid4().hex}"
    server_dsn = _dsn(server_dsn, _COMMON)
    async with _administrator(server_dsn) as admin:
        if not await _is_made(admin, template):
            await _make_template(admin, _dsns(server_dsn, template, schema), template, package)
        await admin.execute(f'create database "{name}" template "{template}" strategy file_copy')
    try:
        yield _dsns(server_dsn, name, schema)
    finally:
        async with _administrator(server_dsn) as admin:
            await admin.execute(f'drop database "{name}" with (force)')


async def _make_template(admin: _Connection, dsns: ServiceDatabase, template: str, package: str) -> None:
    """By whoever comes first; only a whole one is marked as a template."""
    await admin.execute("select pg_advisory_lock(hashtext('koppel test templates'))")
    if not await _is_made(admin, template):
        await admin.execute(f'drop database if exists "{template}" with (force)')
        await admin.execute(f'create database "{template}"')
        await _create_roles(admin, f"{dsns.schema}_owner", f"{dsns.schema}_app")
        await _create_schema(dsns)
        await migrate(dsns.owner_dsn, dsns.schema, package)
        await admin.execute(f'alter database "{template}" is_template true')
    await admin.execute("select pg_advisory_unlock(hashtext('koppel test templates'))")


async def _is_made(admin: _Connection, template: str) -> bool:
    found: bool = await admin.fetchval(
        "select exists (select from pg_database where datname = $1 and datistemplate)", template
    )
    return found


async def _create_roles(admin: _Connection, *roles: str) -> None:
    for role in roles:
        if await admin.fetchval("select 1 from pg_roles where rolname = $1", role) is None:
            await admin.execute(f'create role "{role}" login password {_PASSWORD!r}')


async def _create_schema(dsns: ServiceDatabase) -> None:
    owner, app = f"{dsns.schema}_owner", f"{dsns.schema}_app"
    async with _administrator(dsns.admin_dsn) as admin:
        await admin.execute(f"""
            revoke all on schema public from public;
            create schema "{dsns.schema}" authorization "{owner}";
            grant usage on schema "{dsns.schema}" to "{app}";
            alter default privileges for role "{owner}" in schema "{dsns.schema}"
                grant select, insert, update, delete on tables to "{app}";
            alter default privileges for role "{owner}" in schema "{dsns.schema}" grant usage on sequences to "{app}";
        """)


@asynccontextmanager
async def _administrator(dsn: str) -> AsyncIterator[_Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


def _dsns(server_dsn: str, database: str, schema: str) -> ServiceDatabase:
    return ServiceDatabase(
        schema,
        admin_dsn=_dsn(server_dsn, database),
        owner_dsn=_dsn(server_dsn, database, f"{schema}_owner"),
        app_dsn=_dsn(server_dsn, database, f"{schema}_app"),
    )


def _dsn(server_dsn: str, database: str, role: str | None = None) -> str:
    parts = urlsplit(server_dsn)
    netloc = parts.netloc if role is None else f"{role}:{_PASSWORD}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))
