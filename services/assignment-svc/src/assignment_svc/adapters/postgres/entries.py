"""Divisions and templates on PostgreSQL: two tables of one shape."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from assignment_svc.domain.directory import Entry, EntryKind
from koppel.kernel.errors import Conflict
from koppel.platform.unit_of_work import Repository

_SAVE = """
insert into {table} (organisation_id, id, name) values ($1, $2, $3)
on conflict (organisation_id, id) do update set name = excluded.name
"""
_DELETE = "delete from {table} where organisation_id = $1 and id = $2 returning true"
_GET = "select id, name from {table} where organisation_id = $1 and id = $2"
_PAGE = """
select id, name from {table}
where organisation_id = $1 and ($2::text is null or strpos(lower(name), lower($2)) > 0)
  and ($3::uuid is null or id > $3)
order by id limit $4
"""
_COUNT = f"select count(*) from ({_PAGE}) as listed"
_LOCK = """
select id from {table} where organisation_id = $1 and id = any($2::uuid[]) order by id for key share
"""


class PostgresEntries(Repository):
    """`Entries` in the caller's transaction. The kinds' values are the tables' names."""

    async def save(self, kind: EntryKind, entry: Entry) -> None:
        await self._connection.execute(_SAVE.format(table=kind), self._organisation_id, entry.id, entry.name)

    async def delete(self, kind: EntryKind, entry_id: UUID) -> bool:
        try:
            deleted = await self._connection.fetchval(
                _DELETE.format(table=kind), self._organisation_id, entry_id
            )
        except asyncpg.ForeignKeyViolationError as error:
            raise Conflict(
                kind.codes.in_use, f"Administrations are assigned to this {kind}; move them first."
            ) from error
        return deleted is not None

    async def get(self, kind: EntryKind, entry_id: UUID) -> Entry | None:
        row = await self._connection.fetchrow(_GET.format(table=kind), self._organisation_id, entry_id)
        return None if row is None else Entry(id=row["id"], name=row["name"])

    async def page(self, kind: EntryKind, text: str | None, after: UUID | None, limit: int) -> list[Entry]:
        rows = await self._connection.fetch(
            _PAGE.format(table=kind), self._organisation_id, text, after, limit
        )
        return [Entry(id=row["id"], name=row["name"]) for row in rows]

    async def count(self, kind: EntryKind, text: str | None) -> int:
        counted: int = await self._connection.fetchval(
            _COUNT.format(table=kind), self._organisation_id, text, None, None
        )
        return counted

    async def lock(self, kind: EntryKind, ids: Iterable[UUID]) -> set[UUID]:
        rows = await self._connection.fetch(_LOCK.format(table=kind), self._organisation_id, list(ids))
        return {row["id"] for row in rows}
