"""The read model of administrations on PostgreSQL, one statement a batch."""

from collections.abc import Sequence
from uuid import UUID

from assignment_svc.domain.administration import SessionArrivals
from koppel.contracts.administration import AdministrationImported
from koppel.platform.unit_of_work import Repository

_INSERT = """
insert into administration (organisation_id, id, name, connection_id, import_session_id, imported_at, import_session_size)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::int[])
on conflict (organisation_id, id)
"""
_ADD = f"{_INSERT} do nothing returning id"
_PUT = f"""
{_INSERT} do update set name = excluded.name, connection_id = excluded.connection_id,
    import_session_id = excluded.import_session_id, imported_at = excluded.imported_at,
    import_session_size = excluded.import_session_size
"""
_OF_ANOTHER = """
select id from administration
join unnest($1::uuid[], $2::uuid[]) as given (claimed_by, id) using (id)
where organisation_id <> claimed_by limit 1
"""
_RENAME = "update administration set name = $3 where organisation_id = $1 and id = $2"
_FORGET = """
delete from administration using unnest($1::uuid[], $2::uuid[]) as gone (organisation_id, id)
where administration.organisation_id = gone.organisation_id and administration.id = gone.id
"""
_KNOWN = "select id from administration where organisation_id = $1 and id = any($2::uuid[])"
_OF_SESSION = """
select id from administration where organisation_id = $1 and import_session_id = $2 order by id limit $3
"""
_EVERY = "select id from administration where organisation_id = $1 order by id limit $2"
_SESSION_ARRIVALS = """
select count(*), extract(epoch from clock_timestamp() - max(arrived_at))::float8 as newest_age,
       max(import_session_size) as size
from administration where organisation_id = $1 and import_session_id = $2
"""


class PostgresAdministrations(Repository):
    """`Administrations` in the caller's transaction."""

    async def add(self, imported: Sequence[AdministrationImported]) -> set[UUID]:
        return {row["id"] for row in await self._connection.fetch(_ADD, *_columns(imported))}

    async def put(self, imported: Sequence[AdministrationImported]) -> None:
        await self._connection.execute(_PUT, *_columns(imported))

    async def of_another(self, administrations: Sequence[tuple[UUID, UUID]]) -> UUID | None:
        found: UUID | None = await self._connection.fetchval(
            _OF_ANOTHER, [pair[0] for pair in administrations], [pair[1] for pair in administrations]
        )
        return found

    async def rename(self, administration_id: UUID, name: str) -> None:
        await self._connection.execute(_RENAME, self._organisation_id, administration_id, name)

    async def forget(self, administrations: Sequence[tuple[UUID, UUID]]) -> None:
        await self._connection.execute(
            _FORGET, [pair[0] for pair in administrations], [pair[1] for pair in administrations]
        )

    async def known(self, ids: Sequence[UUID]) -> set[UUID]:
        rows = await self._connection.fetch(_KNOWN, self._organisation_id, list(ids))
        return {row["id"] for row in rows}

    async def of_session(self, import_session_id: UUID, limit: int) -> list[UUID]:
        rows = await self._connection.fetch(_OF_SESSION, self._organisation_id, import_session_id, limit)
        return [row["id"] for row in rows]

    async def every(self, limit: int) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(_EVERY, self._organisation_id, limit)]

    async def session_arrivals(self, import_session_id: UUID) -> SessionArrivals:
        row = await self._connection.fetchrow(_SESSION_ARRIVALS, self._organisation_id, import_session_id)
        assert row is not None  # noqa: S101  (an aggregate without group by always has a row)
        return SessionArrivals(row["count"], row["newest_age"] or 0.0, row["size"])


def _columns(imported: Sequence[AdministrationImported]) -> tuple[list[object], ...]:
    return (
        [event.organisation_id for event in imported],
        [event.administration_id for event in imported],
        [event.name for event in imported],
        [event.connection_id for event in imported],
        [event.import_session_id for event in imported],
        [event.imported_at for event in imported],
        [event.import_session_size for event in imported],
    )
