"""Rows of `connection`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from connection_svc.domain.connection import Connection, ConnectionState
from koppel.platform.unit_of_work import Repository

_COLUMNS = "id, organisation_id, provider, name, state, state_since, created_by, created_at, region"


class PostgresConnections(Repository):
    """Implements `Connections`."""

    async def insert(self, connection: Connection) -> None:
        await self._connection.execute(
            f"insert into connection ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            connection.id,
            connection.organisation_id,
            connection.provider,
            connection.name,
            connection.state,
            connection.state_since,
            connection.created_by,
            connection.created_at,
            connection.region,
        )

    async def get(self, connection_id: UUID) -> Connection | None:
        row = await self._connection.fetchrow(
            f"select {_COLUMNS} from connection where id = $1 and state <> 'deleted'", connection_id
        )
        return None if row is None else _connection(row)

    async def lock(self, connection_id: UUID) -> Connection | None:
        row = await self._connection.fetchrow(
            f"select {_COLUMNS} from connection where id = $1 for update", connection_id
        )
        return None if row is None else _connection(row)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Connection]:
        rows = await self._connection.fetch(
            f"""
            select {_COLUMNS} from connection
            where state <> 'deleted' and ($1::uuid is null or id > $1)
            order by id limit $2
            """,
            after,
            limit,
        )
        return [_connection(row) for row in rows]

    async def count(self) -> int:
        query = "select count(*) from connection where state <> 'deleted'"
        counted: int = await self._connection.fetchval(query)
        return counted

    async def change_state(self, connection_id: UUID, state: ConnectionState, since: datetime) -> None:
        await self._connection.execute(
            "update connection set state = $2, state_since = $3 where id = $1", connection_id, state, since
        )


def _connection(row: asyncpg.Record) -> Connection:
    return Connection(
        id=row["id"],
        organisation_id=row["organisation_id"],
        provider=row["provider"],
        name=row["name"],
        state=ConnectionState(row["state"]),
        state_since=row["state_since"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        region=row["region"],
    )
