"""PostgreSQL: one pool a process, one schema a service, one organisation a transaction."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import asyncpg
import orjson

from koppel.platform.database_url import read_password
from koppel.platform.telemetry.commit_lines import lines_of_transaction

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    """A connection inside a transaction that states whose rows it sees."""
else:
    Connection: TypeAlias = asyncpg.Connection

SYSTEM = "system"
"""The scope of relay, consumers and jobs: rows of every organisation (see `koppel_visible`)."""

UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver calls a connection that was cut in the middle of an answer
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    # A password that is being changed: roles and files are not changed in one instant.
    asyncpg.InvalidAuthorizationSpecificationError,
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What a database that is away, restarting or busy raises: the same transaction may pass later."""


_appended: "dict[Connection, Counter[str]]" = {}
"""Open transactions of this process, and what each has appended to the event log, rolled back savepoints included."""


def note_append(connection: Connection, types: Mapping[str, int]) -> None:
    """Say that the connection's transaction appends so many events of these types: the relay is woken when it commits."""
    if connection in _appended:
        _appended[connection].update(types)


def appended_types(connection: Connection) -> Mapping[str, int]:
    """What was said by `note_append` in the connection's transaction so far."""
    return dict(_appended.get(connection, {}))


class Database:
    """The service's own schema, through its app role.

    `schema` becomes the search path, so statements name tables without it. The file with the password is read at
    each new connection, so a changed one needs no restart.
    """

    def __init__(
        self,
        dsn: str,
        schema: str,
        *,
        password_file: Path | None = None,
        max_size: int = 12,
        name: str | None = None,
    ) -> None:
        self._dsn = dsn
        self._password = None if password_file is None else partial(read_password, password_file)
        self._schema = schema
        self._max_size = max_size
        self._name = name or f"{schema}-svc"
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._after_append: list[Callable[[], None]] = []
        self._identity: tuple[str, tuple[object, ...]] | None = None

    def after_append(self, call: Callable[[], None]) -> None:
        """Call back after every committed transaction here that appended events (the relay's wake-up)."""
        self._after_append.append(call)

    def only_on(self, question: str, answer: tuple[object, ...]) -> None:
        """Refuse new connections to a server that answers otherwise: after a restore every connection is new."""
        self._identity = (question, answer)

    def __repr__(self) -> str:
        return f"Database(schema={self._schema!r})"

    async def open(self) -> None:
        """Connect. Raises exceptions of `UNAVAILABLE` while the server is away."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self._dsn,
                password=self._password,
                min_size=1,
                max_size=self._max_size,
                command_timeout=60,
                server_settings=self._server_settings(),
                init=self._prepare,
            )

    async def close(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()

    @asynccontextmanager
    async def transaction(self, organisation_id: UUID) -> AsyncIterator[Connection]:
        """A transaction that sees and writes one organisation's rows only."""
        async with self._transaction(str(organisation_id)) as connection:
            yield connection

    @asynccontextmanager
    async def system(self) -> AsyncIterator[Connection]:
        """A transaction over every organisation's rows: for consumers and jobs.

        Of people's requests only an operator's may come here.
        """
        async with self._transaction(SYSTEM) as connection:
            yield connection

    async def ping(self) -> None:
        """Prove that a connection can be had and answers, within a second."""
        async with self._opened().acquire(timeout=1) as connection:
            await connection.fetchval("select 1", timeout=1)

    async def session(self, **settings: str) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of its own outside the pool, in the system scope; the caller closes it."""
        connection = await asyncpg.connect(
            self._dsn,
            password=self._password,
            server_settings=self._server_settings() | {"koppel.organisation": SYSTEM} | settings,
        )
        try:
            await self._prepare(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    @asynccontextmanager
    async def _transaction(self, scope: str) -> AsyncIterator[Connection]:
        appended: Counter[str] = Counter()
        with lines_of_transaction():
            async with self._opened().acquire() as connection:
                _appended[connection] = Counter()
                try:
                    async with connection.transaction():
                        await connection.execute("select set_config('koppel.organisation', $1, true)", scope)
                        yield connection
                finally:
                    appended = _appended.pop(connection)
        if appended:
            for call in self._after_append:
                call()

    async def _prepare(self, connection: Connection) -> None:
        await _register_codecs(connection)
        if self._identity is not None:
            question, answer = self._identity
            row = await connection.fetchrow(question)
            if row is None or tuple(row) != answer:
                raise asyncpg.InterfaceError(
                    "the database is another one than this process began with (restored?)"
                )

    def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is None:
            raise asyncpg.InterfaceError("the database is not open yet")
        return self._pool

    def _server_settings(self) -> dict[str, str]:
        return {
            "application_name": self._name,
            "search_path": f'"{self._schema}"',
            "timezone": "UTC",
            # A stuck transaction of ours must not hold locks or the vacuum horizon for long.
            "idle_in_transaction_session_timeout": "25s",
            "lock_timeout": "20s",
        }


async def _register_codecs(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
        )
