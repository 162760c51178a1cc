"""The services' database: one for all, in it a schema and a pair of roles for each service."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from koppel.platform.database_url import checked_database_url
from koppel_local.assets import asset
from koppel_local.failure import SetupFailed
from koppel_local.postgres.scram import scram_verifier
from koppel_local.private_files import keep_secret
from koppel_local.threads import run_in_thread

DATABASE = "koppel"
SCHEMAS = ("connection", "import", "assignment", "sync")
CONNECT_WITHIN = 10.0
"""Seconds."""


class Roles:
    """The services' database roles; their passwords are made once and kept under `state_dir`."""

    def __init__(self, state_dir: Path) -> None:
        self._secrets = state_dir / "secrets"

    def passwords(self) -> dict[str, str]:
        """Password by role name."""
        names = [f"{schema}_{kind}" for schema in SCHEMAS for kind in ("owner", "app")]
        return {name: keep_secret(self._secrets / f"postgres-{name}") for name in names}

    def dsn(self, administrator_dsn: str, role: str) -> str:
        """The connection string of a service's role on the administrator's server."""
        password = keep_secret(self._secrets / f"postgres-{role}")
        place = urlsplit(administrator_dsn).netloc.rpartition("@")[2]
        query = urlsplit(administrator_dsn).query
        return urlunsplit(
            ("postgresql", f"{role}:{quote(password, safe='')}@{place}", f"/{DATABASE}", query, "")
        )


def on_database(administrator_dsn: str) -> str:
    """The same connection string for our database of that server."""
    return urlunsplit(urlsplit(administrator_dsn)._replace(path=f"/{DATABASE}"))


def prepare_database(administrator_dsn: str, roles: Roles) -> None:
    """Make database, roles and schemas, or correct them. Harmless to repeat. Raises `SetupFailed`."""
    bootstrap_database(administrator_dsn, roles.passwords())


def bootstrap_database(
    administrator_dsn: str, passwords: Mapping[str, str], *, own_password: str | None = None
) -> None:
    """The same with passwords from elsewhere, by role name, and the administrator's own; changed ones are applied."""
    run_in_thread(_prepare(administrator_dsn, passwords, own_password))


def check_database(administrator_dsn: str) -> None:
    """Log in once. Raises `SetupFailed` when that cannot be done."""
    run_in_thread(_log_in_once(administrator_dsn))


async def _prepare(administrator_dsn: str, passwords: Mapping[str, str], own_password: str | None) -> None:
    server = await _connect(administrator_dsn)
    try:
        await server.execute(f"CREATE DATABASE {DATABASE}")
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # the second is what two launchers at the same instant get
    except asyncpg.InsufficientPrivilegeError as error:
        raise _not_administrator(error) from error
    finally:
        await server.close()
    await _make_roles(on_database(administrator_dsn), passwords, own_password)


async def _make_roles(dsn: str, passwords: Mapping[str, str], own_password: str | None) -> None:
    connection = await _connect(dsn)
    try:
        async with connection.transaction():
            # Two launchers on one external server would change the same catalogue rows.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('koppel.bootstrap'))")
            iterations = int(await connection.fetchval("SHOW scram_iterations"))
            for role, password in passwords.items():
                # Not the password itself: a server may log parameters, and logs a statement that fails.
                verifier = scram_verifier(password, iterations)
                await connection.execute(
                    "SELECT set_config($1, $2, true)", f"koppel.password.{role}", verifier
                )
            await connection.execute(asset("bootstrap.sql").read_text())
            if own_password:
                await connection.execute(
                    f"ALTER ROLE CURRENT_USER PASSWORD '{scram_verifier(own_password, iterations)}'"
                )
    except asyncpg.InsufficientPrivilegeError as error:
        raise _not_administrator(error) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        hint = "Nothing was changed. Mend the cause and run it again."
        raise SetupFailed("bootstrap_failed", f"PostgreSQL refused: {reason}.", hint=hint) from error
    finally:
        await connection.close()


async def _log_in_once(dsn: str) -> None:
    connection = await _connect(dsn)
    await connection.close()


async def _connect(dsn: str) -> asyncpg.Connection:
    place = _place(dsn)
    try:
        return await asyncpg.connect(dsn, timeout=CONNECT_WITHIN)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = str(error) or type(error).__name__
        detail = f"Could not log in at PostgreSQL on {place}: {reason}."
        hint = "Check KOPPEL_DATABASE_URL, or leave it out to use the embedded server."
        raise SetupFailed("database_unreachable", detail, hint=hint) from error


def _place(dsn: str) -> str:
    """Host and port. Raises `SetupFailed`, without any part of it, for what is no connection string."""
    try:
        checked_database_url(dsn)
    except ValueError as error:
        hint = "Percent-encode its password, or leave the variable out to use the embedded server."
        raise SetupFailed("database_url_invalid", f"KOPPEL_DATABASE_URL {error}.", hint=hint) from None
    return urlsplit(dsn).netloc.rpartition("@")[2] or "its socket"


def _not_administrator(error: asyncpg.PostgresError) -> SetupFailed:
    detail = f"The database user may not make roles, schemas or the database `{DATABASE}`: {error}."
    return SetupFailed("not_administrator", detail, hint="Give KOPPEL_DATABASE_URL an administrator's user.")
