"""Rows of `served_administration`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from koppel.contracts.administration import AdministrationImported
from koppel.platform.unit_of_work import Repository

_INSERT = """
insert into served_administration (administration_id, organisation_id, grant_id, external_id)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
on conflict (administration_id)
"""
_ADD = f"{_INSERT} do nothing"
_PUT = f"""
{_INSERT} do update set organisation_id = excluded.organisation_id, grant_id = excluded.grant_id,
    external_id = excluded.external_id, vanished_at = null
"""
_OF_ANOTHER = """
select administration_id from served_administration
join unnest($1::uuid[], $2::uuid[]) as given (claimed_by, administration_id) using (administration_id)
where organisation_id <> claimed_by limit 1
"""
_GRANT_OF_ANOTHER = """
select id from connection_grant join unnest($1::uuid[], $2::uuid[]) as given (claimed_by, id) using (id)
where organisation_id <> claimed_by limit 1
"""
_MOVE = """
update served_administration set grant_id = $3, vanished_at = null
where organisation_id = $1 and administration_id = $2
"""
_VANISH = """
update served_administration set vanished_at = $3 where organisation_id = $1 and administration_id = $2
"""
_FORGET = """
delete from served_administration using unnest($1::uuid[], $2::uuid[]) as gone (organisation_id, administration_id)
where served_administration.organisation_id = gone.organisation_id
    and served_administration.administration_id = gone.administration_id
"""
_OF_GRANT = """
select administration_id, external_id from served_administration where grant_id = $1 and vanished_at is null
"""
Pairs = Sequence[tuple[UUID, UUID]]


class PostgresServed(Repository):
    """Implements `ServedAdministrations`."""

    async def add(self, imported: Sequence[AdministrationImported]) -> None:
        await self._connection.execute(_ADD, *_columns(imported))

    async def put(self, imported: Sequence[AdministrationImported]) -> None:
        await self._connection.execute(_PUT, *_columns(imported))

    async def of_another(self, administrations: Pairs) -> UUID | None:
        return await self._one(_OF_ANOTHER, administrations)

    async def grant_of_another(self, grants: Pairs) -> UUID | None:
        return await self._one(_GRANT_OF_ANOTHER, grants)

    async def move(self, administration_id: UUID, grant_id: UUID) -> None:
        await self._connection.execute(_MOVE, self._organisation_id, administration_id, grant_id)

    async def vanish(self, administration_id: UUID, at: datetime) -> None:
        await self._connection.execute(_VANISH, self._organisation_id, administration_id, at)

    async def forget(self, administrations: Pairs) -> None:
        await self._connection.execute(_FORGET, *_halves(administrations))

    async def of_grant(self, grant_id: UUID) -> Mapping[UUID, str]:
        rows = await self._connection.fetch(_OF_GRANT, grant_id)
        return {row["administration_id"]: row["external_id"] for row in rows}

    async def _one(self, statement: str, pairs: Pairs) -> UUID | None:
        found: UUID | None = await self._connection.fetchval(statement, *_halves(pairs))
        return found


def _halves(pairs: Pairs) -> tuple[list[UUID], list[UUID]]:
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _columns(imported: Sequence[AdministrationImported]) -> tuple[list[object], ...]:
    return (
        [event.administration_id for event in imported],
        [event.organisation_id for event in imported],
        [event.grant_id for event in imported],
        [event.external_id for event in imported],
    )
