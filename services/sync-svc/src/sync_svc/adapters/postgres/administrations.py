"""Administrations, their grants and their schedules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from koppel.contracts.administration import AdministrationImported
from koppel.contracts.values import ResourceName
from koppel.kernel.errors import OrganisationMismatch
from koppel.platform.unit_of_work import Repository
from sync_svc.domain.administration import Administration, GrantState, Policy

_INSERT = """
insert into administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id,
                            imported_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_ADD = f"{_INSERT} on conflict do nothing returning true"
_PUT = f"""
{_INSERT} on conflict (administration_id) do update
    set organisation_id = excluded.organisation_id, connection_id = excluded.connection_id,
        grant_id = excluded.grant_id, provider = excluded.provider, external_id = excluded.external_id,
        imported_at = excluded.imported_at, removed_reason = null
"""
_ADMINISTRATION = """
administration.administration_id, administration.organisation_id, administration.connection_id,
administration.grant_id, administration.provider, administration.external_id, administration.removed_reason,
coalesce(connection_grant.state, 'active') as grant_state
"""
_GET = f"""
select {_ADMINISTRATION} from administration left join connection_grant using (organisation_id, grant_id)
where administration_id = any($1::uuid[])
"""
_REMOVE = """
update administration set removed_reason = $3 where organisation_id = $1 and administration_id = $2
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
_POLICY = "administration_id, enabled, interval_minutes, resources, next_due_at"
_GET_POLICY = f"select {_POLICY} from sync_policy where administration_id = $1"
_SAVE_POLICY = """
insert into sync_policy (administration_id, organisation_id, enabled, interval_minutes, resources, next_due_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (administration_id) do update
    set enabled = excluded.enabled, interval_minutes = excluded.interval_minutes,
        resources = excluded.resources, next_due_at = excluded.next_due_at
"""
_DISABLE = "update sync_policy set enabled = false where administration_id = $1"
_HASTEN = """
update sync_policy set next_due_at = least(next_due_at, $3)
from administration
where administration.organisation_id = $1 and administration.grant_id = any($2::uuid[])
  and sync_policy.administration_id = administration.administration_id and enabled
"""
_LOCK_DUE = f"""
select {_ADMINISTRATION}, enabled, interval_minutes, resources, next_due_at,
       exists (select from sync_run
               where sync_run.administration_id = sync_policy.administration_id and state <> 'finished') as is_open
from sync_policy
join administration using (organisation_id, administration_id)
left join connection_grant using (organisation_id, grant_id)
where enabled and next_due_at <= $1
order by next_due_at limit $2
for update of sync_policy skip locked
"""
_MOVE = """
update sync_policy set next_due_at = moved.next_due_at
from unnest($1::uuid[], $2::timestamptz[]) as moved (administration_id, next_due_at)
where sync_policy.administration_id = moved.administration_id
"""


class PostgresAdministrations(Repository):
    """Implements `Administrations`."""

    async def add(self, imported: AdministrationImported) -> bool:
        return await self._connection.fetchval(_ADD, *_columns(imported)) is not None

    async def put(self, imported: AdministrationImported) -> None:
        await self._connection.execute(_PUT, *_columns(imported))

    async def get(self, ids: Iterable[UUID]) -> list[Administration]:
        return [_administration(row) for row in await self._connection.fetch(_GET, list(ids))]

    async def remove(self, administration_id: UUID, reason: str) -> None:
        await self._connection.execute(_REMOVE, self._organisation_id, administration_id, reason)


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


class PostgresPolicies(Repository):
    """Implements `Policies`."""

    async def get(self, administration_id: UUID) -> Policy | None:
        row = await self._connection.fetchrow(_GET_POLICY, administration_id)
        return None if row is None else _policy(row)

    async def save(self, policy: Policy) -> None:
        await self._connection.execute(
            _SAVE_POLICY,
            policy.administration_id,
            self._organisation_id,
            policy.enabled,
            policy.interval_minutes,
            None if policy.resources is None else sorted(policy.resources),
            policy.next_due_at,
        )

    async def disable(self, administration_id: UUID) -> None:
        await self._connection.execute(_DISABLE, administration_id)

    async def reschedule_now(self, grant_ids: Sequence[UUID], due_at: datetime) -> None:
        await self._connection.execute(_HASTEN, self._organisation_id, grant_ids, due_at)

    async def lock_due(self, now: datetime, limit: int) -> list[tuple[Administration, Policy, bool]]:
        rows = await self._connection.fetch(_LOCK_DUE, now, limit)
        return [(_administration(row), _policy(row), row["is_open"]) for row in rows]

    async def move(self, next_due: Mapping[UUID, datetime]) -> None:
        await self._connection.execute(_MOVE, list(next_due), list(next_due.values()))


def _columns(imported: AdministrationImported) -> tuple[object, ...]:
    return (
        imported.administration_id,
        imported.organisation_id,
        imported.connection_id,
        imported.grant_id,
        imported.provider,
        imported.external_id,
        imported.imported_at,
    )


def _administration(row: asyncpg.Record) -> Administration:
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


def _policy(row: asyncpg.Record) -> Policy:
    names = row["resources"]
    return Policy(
        administration_id=row["administration_id"],
        enabled=row["enabled"],
        interval_minutes=row["interval_minutes"],
        resources=None if names is None else frozenset(ResourceName(name) for name in names),
        next_due_at=row["next_due_at"],
    )
