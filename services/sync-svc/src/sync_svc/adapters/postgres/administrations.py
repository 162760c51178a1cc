"""Administrations and their grants."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from koppel.contracts.administration import AdministrationImported
from koppel.kernel.errors import OrganisationMismatch
from koppel.platform.unit_of_work import Repository
from sync_svc.domain.administration import Administration, GrantState

_INSERT = """
insert into administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id,
                            imported_at, import_session_id, name)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_ADD = f"{_INSERT} on conflict do nothing returning true"
_PUT = f"""
{_INSERT} on conflict (administration_id) do update
    set organisation_id = excluded.organisation_id, connection_id = excluded.connection_id,
        grant_id = excluded.grant_id, provider = excluded.provider, external_id = excluded.external_id,
        imported_at = excluded.imported_at, import_session_id = excluded.import_session_id,
        name = excluded.name, removed_reason = null
"""
ADMINISTRATION_COLUMNS = """
administration.administration_id, administration.organisation_id, administration.connection_id,
administration.grant_id, administration.provider, administration.external_id, administration.removed_reason,
coalesce(connection_grant.state, 'active') as grant_state
"""
_GET = f"""
select {ADMINISTRATION_COLUMNS} from administration left join connection_grant using (organisation_id, grant_id)
where administration_id = any($1::uuid[])
"""
_REMOVE = """
update administration set removed_reason = $3 where organisation_id = $1 and administration_id = $2
"""
_RENAME = "update administration set name = $3 where organisation_id = $1 and administration_id = $2"
_MOVE = """
update administration set connection_id = $3, grant_id = $4 where organisation_id = $1 and administration_id = $2
"""
_ADD_GRANTS = """
insert into connection_grant (grant_id, organisation_id, connection_id, state)
select grant_id, $1, $2, $4 from unnest($3::uuid[]) as given (grant_id) order by grant_id
on conflict (grant_id) do update set state = excluded.state
"""
_SET_GRANTS = f"""{_ADD_GRANTS}
where connection_grant.organisation_id = excluded.organisation_id returning connection_grant.grant_id
"""
_GRANT_OF_ANOTHER = (
    "select exists (select from connection_grant where grant_id = $2 and organisation_id <> $1)"
)
_REVOKE_ALL = """
update connection_grant set state = 'revoked' where organisation_id = $1 and connection_id = $2
"""
_RECOVER = """
update connection_grant set state = 'active'
where organisation_id = $1 and connection_id = $2 and state = 'reauthorization_required' returning grant_id
"""
_PUT_GRANTS = (
    f"{_ADD_GRANTS}, organisation_id = excluded.organisation_id, connection_id = excluded.connection_id"
)


class PostgresAdministrations(Repository):
    """Implements `Administrations`."""

    async def add(self, imported: AdministrationImported) -> bool:
        return await self._connection.fetchval(_ADD, *_columns(imported)) is not None

    async def put(self, imported: AdministrationImported) -> None:
        await self._connection.execute(_PUT, *_columns(imported))

    async def get(self, ids: Iterable[UUID]) -> list[Administration]:
        return [administration_of(row) for row in await self._connection.fetch(_GET, list(ids))]

    async def remove(self, administration_id: UUID, reason: str) -> None:
        await self._connection.execute(_REMOVE, self._organisation_id, administration_id, reason)

    async def rename(self, administration_id: UUID, name: str) -> None:
        await self._connection.execute(_RENAME, self._organisation_id, administration_id, name)

    async def move(self, administration_id: UUID, connection_id: UUID, grant_id: UUID) -> None:
        await self._connection.execute(
            _MOVE, self._organisation_id, administration_id, connection_id, grant_id
        )


class PostgresGrants(Repository):
    """Implements `Grants`."""

    async def set(self, connection_id: UUID, grant_ids: Iterable[UUID], state: GrantState) -> None:
        wanted = set(grant_ids)
        rows = await self._connection.fetch(
            _SET_GRANTS, self._organisation_id, connection_id, list(wanted), state.value
        )
        for refused in wanted - {row["grant_id"] for row in rows}:
            raise OrganisationMismatch(f"The grant {refused} is another organisation's.")

    async def recover(self, connection_id: UUID) -> list[UUID]:
        rows = await self._connection.fetch(_RECOVER, self._organisation_id, connection_id)
        return [row["grant_id"] for row in rows]

    async def put(self, connection_id: UUID, grant_ids: Iterable[UUID], state: GrantState) -> None:
        await self._connection.execute(
            _PUT_GRANTS, self._organisation_id, connection_id, list(grant_ids), state.value
        )

    async def is_of_another(self, grant_id: UUID) -> bool:
        found: bool = await self._connection.fetchval(_GRANT_OF_ANOTHER, self._organisation_id, grant_id)
        return found

    async def revoke_all(self, connection_id: UUID) -> None:
        await self._connection.execute(_REVOKE_ALL, self._organisation_id, connection_id)


def _columns(imported: AdministrationImported) -> tuple[object, ...]:
    return (
        imported.administration_id,
        imported.organisation_id,
        imported.connection_id,
        imported.grant_id,
        imported.provider,
        imported.external_id,
        imported.imported_at,
        imported.import_session_id,
        imported.name,
    )


def administration_of(row: asyncpg.Record) -> Administration:
    return Administration(
        administration_id=row["administration_id"],
        organisation_id=row["organisation_id"],
        connection_id=row["connection_id"],
        grant_id=row["grant_id"],
        provider=row["provider"],
        external_id=row["external_id"],
        removed_reason=row["removed_reason"],
        grant_state=GrantState(row["grant_state"]),
    )
