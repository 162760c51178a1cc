"""Assignments on PostgreSQL. Many rows travel as arrays; a row's users as the text of a uuid[]."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from assignment_svc.adapters.postgres.arrays import uuid_array
from assignment_svc.domain.assignment import Assignment, AssignmentFilter, Listed, Placement, Rule, Seen, Told
from koppel.contracts.assignment import AssignmentEvent
from koppel.contracts.topics import ASSIGNMENT
from koppel.platform.outbox import newest
from koppel.platform.unit_of_work import Repository

_COLUMNS: Final = "administration_id, division_id, template_id, user_ids, rule, plan_id, version"
_ADD = f"""
insert into assignment (organisation_id, {_COLUMNS})
select organisation_id, administration_id, division_id, template_id, user_ids::uuid[], rule, plan_id, version
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::bigint[])
    as given (organisation_id, {_COLUMNS})
"""
_PUT = f"""
{_ADD}
on conflict (organisation_id, administration_id) do update
set division_id = excluded.division_id, template_id = excluded.template_id, user_ids = excluded.user_ids,
    rule = excluded.rule, plan_id = excluded.plan_id, version = excluded.version
"""
_REMOVE_ELSEWHERE = """
delete from assignment using unnest($1::uuid[], $2::uuid[]) as place (administration_id, organisation_id)
where assignment.administration_id = place.administration_id
    and assignment.organisation_id <> place.organisation_id
"""
_REPLACE = f"""
update assignment
set division_id = given.division_id, template_id = given.template_id, user_ids = given.user_ids::uuid[],
    rule = given.rule, plan_id = given.plan_id, version = given.version
from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::bigint[])
    as given ({_COLUMNS})
where assignment.organisation_id = $1 and assignment.administration_id = given.administration_id
"""
_REMOVE = """
with locked as (
    select organisation_id, administration_id
    from assignment join unnest($1::uuid[], $2::uuid[]) as gone (organisation_id, administration_id)
        using (organisation_id, administration_id)
    order by organisation_id, administration_id
    for update of assignment
)
delete from assignment using locked
where assignment.organisation_id = locked.organisation_id
    and assignment.administration_id = locked.administration_id
returning assignment.organisation_id, assignment.administration_id
"""
_GET = f"select {_COLUMNS} from assignment where organisation_id = $1 and administration_id = $2"
_READ = f"""
select {_COLUMNS} from assignment
where organisation_id = $1 and administration_id = any($2::uuid[]) order by administration_id
"""
_EVERYWHERE = f"select organisation_id, {_COLUMNS} from assignment where administration_id = any($1::uuid[])"
_LOCK_OF_USER = f"""
select {_COLUMNS} from assignment
where organisation_id = $1 and user_ids @> array[$2::uuid] order by administration_id for update
"""
_SEEN_BY = """
select assignment.administration_id, administration.name, assignment.rule
from assignment
join administration
    on administration.organisation_id = assignment.organisation_id
    and administration.id = assignment.administration_id
where assignment.organisation_id = $1 and assignment.user_ids @> array[$2::uuid]
    and ($3::text is null or strpos(lower(administration.name), lower($3)) > 0)
    and ($4::uuid is null or assignment.administration_id > $4)
order by assignment.administration_id limit $5
"""
_LISTED = f"""
select assignment.organisation_id, administration.name, {_COLUMNS}
from assignment
left join administration
    on administration.organisation_id = assignment.organisation_id
    and administration.id = assignment.administration_id
where ($1::uuid is null or user_ids @> array[$1::uuid])
    and ($2::text is null or strpos(lower(administration.name), lower($2)) > 0)
"""
_COUNT = f"select count(*) from ({_LISTED}) as listed"
_PAGE = f"""
{_LISTED} and ($3::uuid is null or assignment.administration_id > $3)
order by assignment.administration_id limit $4
"""


class PostgresAssignments(Repository):
    """`Assignments` in the caller's transaction."""

    async def add(self, assignments: Sequence[tuple[UUID, Assignment]]) -> None:
        organisations = [organisation_id for organisation_id, _ in assignments]
        await self._connection.execute(_ADD, organisations, *_arrays([given for _, given in assignments]))

    async def put(self, assignments: Sequence[tuple[UUID, Assignment]]) -> None:
        organisations = [organisation_id for organisation_id, _ in assignments]
        await self._connection.execute(_PUT, organisations, *_arrays([given for _, given in assignments]))

    async def remove_elsewhere(self, places: Mapping[UUID, UUID]) -> None:
        await self._connection.execute(_REMOVE_ELSEWHERE, list(places), list(places.values()))

    async def remove(self, administrations: Sequence[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
        rows = await self._connection.fetch(
            _REMOVE, [pair[0] for pair in administrations], [pair[1] for pair in administrations]
        )
        return sorted((row["organisation_id"], row["administration_id"]) for row in rows)

    async def get(self, administration_id: UUID) -> Assignment | None:
        row = await self._connection.fetchrow(_GET, self._organisation_id, administration_id)
        return None if row is None else _assignment(row)

    async def read(self, ids: Sequence[UUID]) -> list[Assignment]:
        rows = await self._connection.fetch(_READ, self._organisation_id, list(ids))
        return [_assignment(row) for row in rows]

    async def everywhere(self, ids: Sequence[UUID]) -> list[tuple[UUID, Assignment]]:
        rows = await self._connection.fetch(_EVERYWHERE, list(ids))
        return [(row["organisation_id"], _assignment(row)) for row in rows]

    async def lock(self, ids: Sequence[UUID]) -> list[Assignment]:
        rows = await self._connection.fetch(f"{_READ} for update", self._organisation_id, list(ids))
        return [_assignment(row) for row in rows]

    async def lock_of_user(self, user_id: UUID) -> list[Assignment]:
        rows = await self._connection.fetch(_LOCK_OF_USER, self._organisation_id, user_id)
        return [_assignment(row) for row in rows]

    async def replace(self, assignments: Sequence[Assignment]) -> None:
        await self._connection.execute(_REPLACE, self._organisation_id, *_arrays(assignments))

    async def seen_by(self, user_id: UUID, name: str | None, after: UUID | None, limit: int) -> list[Seen]:
        rows = await self._connection.fetch(_SEEN_BY, self._organisation_id, user_id, name, after, limit)
        return [Seen(row["administration_id"], row["name"], row["rule"]) for row in rows]

    async def page(self, which: AssignmentFilter, after: UUID | None, limit: int) -> list[Listed]:
        rows = await self._connection.fetch(_PAGE, which.user_id, which.text, after, limit)
        return [Listed(row["organisation_id"], row["name"], _assignment(row)) for row in rows]

    async def count(self, which: AssignmentFilter) -> int:
        counted: int = await self._connection.fetchval(_COUNT, which.user_id, which.text)
        return counted

    async def newest_told(self, ids: Sequence[UUID]) -> Mapping[UUID, Told]:
        found = await newest(self._connection, [(ASSIGNMENT.name, str(each)) for each in ids])
        return {
            UUID(key): Told(last.version, last.event if isinstance(last.event, AssignmentEvent) else None)
            for (_, key), last in found.items()
        }


def _arrays(assignments: Sequence[Assignment]) -> tuple[list[object], ...]:
    return (
        [given.administration_id for given in assignments],
        [given.placement.division_id for given in assignments],
        [given.placement.template_id for given in assignments],
        [uuid_array(given.placement.user_ids) for given in assignments],
        [given.rule.value for given in assignments],
        [given.plan_id for given in assignments],
        [given.version for given in assignments],
    )


def _assignment(row: asyncpg.Record) -> Assignment:
    return Assignment(
        administration_id=row["administration_id"],
        placement=Placement(
            division_id=row["division_id"], template_id=row["template_id"], user_ids=tuple(row["user_ids"])
        ),
        rule=Rule(row["rule"]),
        plan_id=row["plan_id"],
        version=row["version"],
    )
