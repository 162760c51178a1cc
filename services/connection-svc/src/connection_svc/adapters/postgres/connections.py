"""Rows of `connection`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from connection_svc.domain.connection import (
    ALL_CONNECTIONS,
    Connection,
    ConnectionFilter,
    ConnectionOrder,
    ConnectionState,
)
from koppel.platform.unit_of_work import Repository

_COLUMNS = "id, organisation_id, provider, name, state, state_since, created_by, created_at, region"

_FILTER = """
where ($1::text is null and (state <> 'deleted' or id = $5) or state = $1)
  and ($2::text is null or exists (
          select from connection_grant one
          where one.connection_id = connection.id and $2 in (
              case one.state when 'reauthorization_required' then one.reason when 'active' then one.trouble_code end)))
  and ($3::text is null or strpos(lower(name), lower($3)) > 0 or strpos(lower(provider), lower($3)) > 0
       or exists (select from connection_grant one
                  where one.connection_id = connection.id and strpos(lower(one.company_name), lower($3)) > 0))
  and ($4::timestamptz is null or state_since >= $4)
  and ($5::uuid is null or id = $5)
"""
_COUNT = f"select count(*) from connection {_FILTER}"


def _by_name(direction: str, compare: str) -> str:
    """The cursor is the id of the last row, whose name is read again."""
    return f"""select {_COLUMNS} from connection {_FILTER}
  and ($6::uuid is null or (lower(name), id) {compare} (select lower(name), id from connection where id = $6))
order by lower(name) {direction}, id {direction} limit $7
"""


_PAGES: Mapping[ConnectionOrder | None, str] = {
    None: f"select {_COLUMNS} from connection {_FILTER} and ($6::uuid is null or id > $6) order by id limit $7",
    ConnectionOrder.NAME: _by_name("asc", ">"),
    ConnectionOrder.NAME_DOWN: _by_name("desc", "<"),
}


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

    async def page(
        self,
        after: UUID | None,
        limit: int,
        which: ConnectionFilter = ALL_CONNECTIONS,
        order: ConnectionOrder | None = None,
    ) -> Sequence[Connection]:
        rows = await self._connection.fetch(_PAGES[order], *_parameters(which), after, limit)
        return [_connection(row) for row in rows]

    async def count(self, which: ConnectionFilter = ALL_CONNECTIONS) -> int:
        counted: int = await self._connection.fetchval(_COUNT, *_parameters(which))
        return counted

    async def change_state(self, connection_id: UUID, state: ConnectionState, since: datetime) -> None:
        await self._connection.execute(
            "update connection set state = $2, state_since = $3 where id = $1", connection_id, state, since
        )


def _parameters(which: ConnectionFilter) -> tuple[object, ...]:
    return which.state, which.code, which.text, which.since, which.connection_id


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
