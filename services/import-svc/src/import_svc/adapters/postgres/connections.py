"""Connections and grants, as events told."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from import_svc.domain.connection import Connection, ConnectionState, WorkingGrant
from koppel.platform.unit_of_work import Repository

_FIND = "select id, organisation_id, provider, state from connection where id = $1"
_INSERT = """
insert into connection (id, organisation_id, provider, name, state)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
"""
_PUT = f"{_INSERT} on conflict (id) do nothing"
_RESTORE = f"""
{_INSERT} on conflict (id) do update
    set organisation_id = excluded.organisation_id, provider = excluded.provider, name = excluded.name,
        state = excluded.state
"""
_OWNERS = """
select id, organisation_id from connection where id = any($1::uuid[])
union all
select id, organisation_id from connection_grant where id = any($2::uuid[])
"""
# The connections are locked first, so that a session which is being started either sees the grants or is seen.
_ACTIVATE = """
update connection set state = 'active' where id = any($1::uuid[]) and state <> 'deleted'
"""
_ADD_GRANTS = """
insert into connection_grant (id, connection_id, organisation_id, state, scopes)
select distinct on (given.id) given.id, given.connection_id, given.organisation_id, 'active', given.scopes
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) with ordinality
    as given (id, connection_id, organisation_id, scopes, place)
join connection
    on connection.id = given.connection_id
    and connection.organisation_id = given.organisation_id
    and connection.state <> 'deleted'
order by given.id, given.place desc
on conflict (id) do update set state = 'active', scopes = excluded.scopes
"""
_PUT_GRANTS = f"{_ADD_GRANTS} where connection_grant.organisation_id = excluded.organisation_id"
_RESTORE_GRANTS = (
    f"{_ADD_GRANTS}, connection_id = excluded.connection_id, organisation_id = excluded.organisation_id"
)
_REQUIRE_REAUTHORIZATION = """
update connection_grant set state = 'reauthorization_required' where id = any($1::uuid[]) and state = 'active'
"""
_RECOVER = """
update connection_grant set state = 'active'
where connection_id = any($1::uuid[]) and state = 'reauthorization_required' returning id
"""
_REVOKE = """
with revoked as (
    update connection_grant set state = 'revoked' where connection_id = $1 and id = any($2::uuid[])
)
select not exists (
    select from connection_grant where connection_id = $1 and state <> 'revoked' and id <> all($2::uuid[])
)
"""


class PostgresConnections(Repository):
    """The read model."""

    async def find(self, connection_id: UUID) -> Connection | None:
        return _connection(await self._connection.fetchrow(_FIND, connection_id))

    async def pin(self, connection_id: UUID) -> Connection | None:
        return _connection(await self._connection.fetchrow(f"{_FIND} for share", connection_id))

    async def owners(
        self, connection_ids: Sequence[UUID], grant_ids: Sequence[UUID]
    ) -> list[tuple[UUID, UUID]]:
        rows = await self._connection.fetch(_OWNERS, connection_ids, grant_ids)
        return [(row["id"], row["organisation_id"]) for row in rows]

    async def put(self, connections: Sequence[tuple[Connection, str]]) -> None:
        await self._connection.execute(_PUT, *_columns(connections))

    async def restore(self, connections: Sequence[tuple[Connection, str]]) -> None:
        await self._connection.execute(_RESTORE, *_columns(connections))

    async def put_active_grants(self, grants: Sequence[WorkingGrant]) -> None:
        await self._activate(_PUT_GRANTS, grants)

    async def restore_active_grants(self, grants: Sequence[WorkingGrant]) -> None:
        await self._activate(_RESTORE_GRANTS, grants)

    async def _activate(self, statement: str, grants: Sequence[WorkingGrant]) -> None:
        connection_ids = [each.connection_id for each in grants]
        await self._connection.execute(_ACTIVATE, connection_ids)
        await self._connection.execute(
            statement,
            [each.id for each in grants],
            connection_ids,
            [each.organisation_id for each in grants],
            [" ".join(each.scopes) for each in grants],
        )

    async def require_reauthorization(self, grant_ids: Sequence[UUID]) -> None:
        await self._connection.execute(_REQUIRE_REAUTHORIZATION, grant_ids)

    async def recover(self, connection_ids: Sequence[UUID]) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(_RECOVER, connection_ids)]

    async def revoke(self, connection_id: UUID, grant_ids: Sequence[UUID]) -> bool:
        none_left: bool = await self._connection.fetchval(_REVOKE, connection_id, grant_ids)
        return none_left

    async def set_state(self, connection_id: UUID, state: ConnectionState) -> None:
        await self._connection.execute("update connection set state = $2 where id = $1", connection_id, state)


def _columns(connections: Sequence[tuple[Connection, str]]) -> tuple[list[object], ...]:
    return (
        [each.id for each, _ in connections],
        [each.organisation_id for each, _ in connections],
        [each.provider for each, _ in connections],
        [name for _, name in connections],
        [each.state for each, _ in connections],
    )


def _connection(row: asyncpg.Record | None) -> Connection | None:
    if row is None:
        return None
    return Connection(row["id"], row["organisation_id"], row["provider"], ConnectionState(row["state"]))
