"""A database of its own for a test, with the role pair and the migrations of production."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from koppel.platform.database import Database
from koppel.platform.migrations import migrate

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
    """Create a database with the schema and its roles, migrate it, drop it afterwards.

    `server_dsn` is an administrator's; `package` holds the service's `migrations`
    (`koppel.testing.platform_only` for the platform's tables alone).
    """
    name = f"test_{uuid4().hex}"
    owner, app = f"{schema}_owner", f"{schema}_app"
    admin = await asyncpg.connect(server_dsn)
    try:
        await _create_roles(admin, owner, app)
        await admin.execute(f'create database "{name}"')
    finally:
        await admin.close()
    dsns = ServiceDatabase(
        schema,
        admin_dsn=_dsn(server_dsn, name),
        owner_dsn=_dsn(server_dsn, name, owner),
        app_dsn=_dsn(server_dsn, name, app),
    )
    try:
        await _create_schema(dsns, owner, app)
        await migrate(dsns.owner_dsn, schema, package)
        yield dsns
    finally:
        admin = await asyncpg.connect(server_dsn)
        try:
            await admin.execute(f'drop database "{name}" with (force)')
        finally:
            await admin.close()


async def _create_roles(admin: "asyncpg.Connection[asyncpg.Record]", *roles: str) -> None:
    async with admin.transaction():
        await admin.execute("select pg_advisory_xact_lock(hashtext('koppel test roles'))")
        for role in roles:
            if await admin.fetchval("select 1 from pg_roles where rolname = $1", role) is None:
                await admin.execute(f'create role "{role}" login password {_PASSWORD!r}')
            else:
                await admin.execute(f'alter role "{role}" login password {_PASSWORD!r}')


async def _create_schema(dsns: ServiceDatabase, owner: str, app: str) -> None:
    admin = await asyncpg.connect(dsns.admin_dsn)
    try:
        await admin.execute(f"""
            revoke all on schema public from public;
            create schema "{dsns.schema}" authorization "{owner}";
            grant usage on schema "{dsns.schema}" to "{app}";
            alter default privileges for role "{owner}" in schema "{dsns.schema}"
                grant select, insert, update, delete on tables to "{app}";
            alter default privileges for role "{owner}" in schema "{dsns.schema}" grant usage on sequences to "{app}";
        """)
    finally:
        await admin.close()


def _dsn(server_dsn: str, database: str, role: str | None = None) -> str:
    parts = urlsplit(server_dsn)
    netloc = parts.netloc if role is None else f"{role}:{_PASSWORD}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))
