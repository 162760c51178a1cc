"""Proof that this key-encryption key is the one of this database, before anything is written with another."""

from koppel.kernel.errors import Permanent
from koppel.platform.database import Connection, Database
from koppel.platform.key_encryption import KeyEncryptionKey
from koppel.platform.vault import key_binding

_CANARY = b"koppel: the right key opens this"
_CONTEXT = b"key_canary"
_HINT = "hint: put back the key file that this database began with (docs/runbooks/key-file.md)"


class KeyCanary:
    """A row that the first process wraps and every later one has to open."""

    def __init__(self, database: Database, key: KeyEncryptionKey) -> None:
        self._database = database
        self._key = key

    async def check(self) -> None:
        """Raises `Permanent` with code `key_encryption_key_mismatch`; what is in `UNAVAILABLE` while PostgreSQL is away."""
        connection = await self._database.session()
        try:
            if not await self._is_there(connection):
                await self._opens_the_first_data_key(connection)
                await self._write(connection)
        finally:
            await connection.close()

    async def _is_there(self, connection: Connection) -> bool:
        wrapped = await connection.fetchval("select wrapped from key_canary")
        if wrapped is None:
            return False
        await self._open(wrapped, _CONTEXT)
        return True

    async def _opens_the_first_data_key(self, connection: Connection) -> None:
        """An installation from before there were canaries: its oldest data key says which key is the right one."""
        oldest = await connection.fetchrow(
            "select organisation_id, version, wrapped from data_key order by created_at, organisation_id limit 1"
        )
        if oldest is not None:
            await self._open(oldest["wrapped"], key_binding(oldest["organisation_id"], oldest["version"]))

    async def _write(self, connection: Connection) -> None:
        """Of two processes that start at once one writes the canary and the other must be able to open it."""
        await connection.execute(
            "insert into key_canary (wrapped) values ($1) on conflict do nothing",
            await self._key.wrap(_CANARY, _CONTEXT),
        )
        await self._is_there(connection)

    async def _open(self, wrapped: bytes, context: bytes) -> None:
        try:
            await self._key.unwrap(wrapped, context)
        except Permanent as refused:
            raise Permanent(
                "key_encryption_key_mismatch",
                f"The key file is not the one that this database's keys were wrapped with. {_HINT}",
            ) from refused
