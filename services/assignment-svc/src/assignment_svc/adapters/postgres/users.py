"""Users on PostgreSQL."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import asyncpg

from assignment_svc.domain.directory import User
from koppel.contracts.values import Role
from koppel.platform.unit_of_work import Repository

_SAVE = """
insert into office_user (organisation_id, id, name, email, role) values ($1, $2, $3, $4, $5)
on conflict (organisation_id, id) do update
    set name = excluded.name, email = excluded.email, role = excluded.role
"""
_DELETE = "delete from office_user where organisation_id = $1 and id = $2 returning true"
_GET = "select id, name, email, role from office_user where organisation_id = $1 and id = $2"
_PAGE = """
select id, name, email, role from office_user
where organisation_id = $1
  and ($2::text is null or strpos(lower(name), lower($2)) > 0 or strpos(lower(email), lower($2)) > 0)
  and ($3::uuid is null or id > $3)
order by id limit $4
"""
_COUNT = f"select count(*) from ({_PAGE}) as listed"
_LOCK = """
select id from office_user where organisation_id = $1 and id = any($2::uuid[]) order by id for key share
"""
_LOCK_ADMINISTRATORS = """
select organisation_id, id from office_user
where organisation_id = any($1::uuid[]) and role = 'beheerder'
order by organisation_id, id for key share
"""


class PostgresUsers(Repository):
    """`Users` in the caller's transaction."""

    async def save(self, user: User) -> None:
        await self._connection.execute(
            _SAVE, self._organisation_id, user.id, user.name, user.email, user.role.value
        )

    async def delete(self, user_id: UUID) -> bool:
        return await self._connection.fetchval(_DELETE, self._organisation_id, user_id) is not None

    async def get(self, user_id: UUID) -> User | None:
        row = await self._connection.fetchrow(_GET, self._organisation_id, user_id)
        return None if row is None else _user(row)

    async def page(self, text: str | None, after: UUID | None, limit: int) -> list[User]:
        rows = await self._connection.fetch(_PAGE, self._organisation_id, text, after, limit)
        return [_user(row) for row in rows]

    async def count(self, text: str | None) -> int:
        counted: int = await self._connection.fetchval(_COUNT, self._organisation_id, text, None, None)
        return counted

    async def lock(self, ids: Iterable[UUID]) -> set[UUID]:
        rows = await self._connection.fetch(_LOCK, self._organisation_id, list(ids))
        return {row["id"] for row in rows}

    async def lock_administrators(self, organisation_ids: Iterable[UUID]) -> Mapping[UUID, tuple[UUID, ...]]:
        found: dict[UUID, list[UUID]] = {}
        for row in await self._connection.fetch(_LOCK_ADMINISTRATORS, list(organisation_ids)):
            found.setdefault(row["organisation_id"], []).append(row["id"])
        return {organisation_id: tuple(ids) for organisation_id, ids in found.items()}


def _user(row: asyncpg.Record) -> User:
    return User(id=row["id"], name=row["name"], email=row["email"], role=Role(row["role"]))
