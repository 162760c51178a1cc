"""Wrapped data keys of the organisations."""

import asyncio
from uuid import UUID

from koppel.platform.database import Database
from koppel.platform.vault import StoredKey


class PostgresDataKeys:
    """Implements the vault's `DataKeys` over a small pool of its own, opened at the first need.

    The vault is also used inside transactions; asking for a second connection of their pool there would stop
    the service as soon as all of its connections wait for one more.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._opening = asyncio.Lock()

    async def get_current(self, organisation_id: UUID) -> StoredKey | None:
        async with (await self._opened()).transaction(organisation_id) as connection:
            row = await connection.fetchrow(
                "select version, wrapped from data_key where organisation_id = $1 order by version desc limit 1",
                organisation_id,
            )
        return None if row is None else StoredKey(row["version"], row["wrapped"])

    async def get(self, organisation_id: UUID, version: int) -> bytes | None:
        async with (await self._opened()).transaction(organisation_id) as connection:
            wrapped: bytes | None = await connection.fetchval(
                "select wrapped from data_key where organisation_id = $1 and version = $2",
                organisation_id,
                version,
            )
        return wrapped

    async def insert_if_absent(self, organisation_id: UUID, version: int, wrapped: bytes) -> bytes:
        async with (await self._opened()).transaction(organisation_id) as connection:
            await connection.execute(
                """
                insert into data_key (organisation_id, version, wrapped) values ($1, $2, $3)
                on conflict (organisation_id, version) do nothing
                """,
                organisation_id,
                version,
                wrapped,
            )
        kept = await self.get(organisation_id, version)
        return kept or wrapped

    async def close(self) -> None:
        await self._database.close()

    async def _opened(self) -> Database:
        async with self._opening:
            await self._database.open()
        return self._database
