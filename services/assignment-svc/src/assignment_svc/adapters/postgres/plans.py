"""Plans on PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import asyncpg

from assignment_svc.adapters.postgres.arrays import uuid_array
from assignment_svc.domain.assignment import Assignment, Placement, Rule
from assignment_svc.domain.plan import Conflicting, ListedPlan, Plan, PlanItem, PlanState
from koppel.platform.unit_of_work import Repository

_ADD = """
insert into assignment_plan (organisation_id, id, state, created_by, created_at) values ($1, $2, $3, $4, $5)
"""
_ADD_ITEMS = """
insert into assignment_plan_item (
    organisation_id, plan_id, administration_id, before_version, before_division_id, before_template_id,
    before_user_ids, before_rule, before_plan_id, after_division_id, after_template_id, after_user_ids)
select $1, $2, administration_id, before_version, before_division_id, before_template_id,
    before_user_ids::uuid[], before_rule, before_plan_id, after_division_id, after_template_id, after_user_ids::uuid[]
from unnest($3::uuid[], $4::bigint[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::uuid[],
            $10::uuid[], $11::uuid[], $12::text[])
    as given (administration_id, before_version, before_division_id, before_template_id, before_user_ids,
              before_rule, before_plan_id, after_division_id, after_template_id, after_user_ids)
"""
_GET = """
select id, state, created_by, created_at, applied_at, undone_at, partial from assignment_plan
where organisation_id = $1 and id = $2
"""
_PAGE = """
select plan.*,
       (select count(*) from assignment_plan_item item where item.organisation_id = $1 and item.plan_id = plan.id)
           as administrations,
       (select count(*) from assignment_plan_item item where item.organisation_id = $1 and item.plan_id = plan.id
          and (before_division_id, before_template_id, before_user_ids)
              is distinct from (after_division_id, after_template_id, after_user_ids)) as changed
from assignment_plan plan
where organisation_id = $1 and ($2::text is null or state = $2) and ($3::uuid is null or id < $3)
order by id desc limit $4
"""
_COUNT = (
    "select count(*) from assignment_plan where organisation_id = $1 and ($2::text is null or state = $2)"
)
_ITEMS = """
select * from assignment_plan_item where organisation_id = $1 and plan_id = $2 order by administration_id
"""
_MOVE = """
update assignment_plan
set state = $3,
    applied_at = case when $3 = 'applied' then $4 else applied_at end,
    undone_at = case when $3 = 'undone' then $4 else undone_at end
where organisation_id = $1 and id = $2
"""
_NOTE_VERSIONS = """
update assignment_plan_item set {column} = given.version
from unnest($3::uuid[], $4::bigint[]) as given (administration_id, version)
where organisation_id = $1 and plan_id = $2 and assignment_plan_item.administration_id = given.administration_id
"""
_NOTE_PARTIAL = "update assignment_plan set partial = true where organisation_id = $1 and id = $2"
_NOTE_CONFLICTS = """
update assignment_plan_item set conflict = given.conflict
from unnest($3::uuid[], $4::text[]) as given (administration_id, conflict)
where organisation_id = $1 and plan_id = $2 and assignment_plan_item.administration_id = given.administration_id
"""
_VERSION_COLUMNS = {PlanState.APPLIED: "applied_version", PlanState.UNDONE: "undone_version"}
_NEWEST_ACTS = """
select distinct on (item.administration_id) item.*
from assignment_plan_item item
where item.administration_id = any($1::uuid[]) and item.applied_version is not null
order by item.administration_id, greatest(item.applied_version, item.undone_version) desc
"""
_PURGE = "delete from assignment_plan where created_at < $1"


class PostgresPlans(Repository):
    """`Plans` in the caller's transaction."""

    async def add(self, plan: Plan, items: Sequence[PlanItem]) -> None:
        await self._connection.execute(
            _ADD, self._organisation_id, plan.id, plan.state.value, plan.created_by, plan.created_at
        )
        await self._connection.execute(_ADD_ITEMS, self._organisation_id, plan.id, *_arrays(items))

    async def get(self, plan_id: UUID) -> Plan | None:
        return _plan(await self._connection.fetchrow(_GET, self._organisation_id, plan_id))

    async def page(self, state: PlanState | None, before: UUID | None, limit: int) -> list[ListedPlan]:
        rows = await self._connection.fetch(_PAGE, self._organisation_id, state, before, limit)
        return [ListedPlan(_plan_of(row), row["administrations"], row["changed"]) for row in rows]

    async def count(self, state: PlanState | None) -> int:
        counted: int = await self._connection.fetchval(_COUNT, self._organisation_id, state)
        return counted

    async def lock(self, plan_id: UUID) -> Plan | None:
        return _plan(await self._connection.fetchrow(f"{_GET} for update", self._organisation_id, plan_id))

    async def items(self, plan_id: UUID) -> list[PlanItem]:
        return [_item(row) for row in await self._connection.fetch(_ITEMS, self._organisation_id, plan_id)]

    async def move(self, plan_id: UUID, to: PlanState, at: datetime, versions: Mapping[UUID, int]) -> None:
        await self._connection.execute(_MOVE, self._organisation_id, plan_id, to.value, at)
        await self._connection.execute(
            _NOTE_VERSIONS.format(column=_VERSION_COLUMNS[to]),
            self._organisation_id,
            plan_id,
            list(versions),
            list(versions.values()),
        )

    async def note_partial(self, plan_id: UUID, conflicts: Mapping[UUID, Conflicting]) -> None:
        key = (self._organisation_id, plan_id)
        await self._connection.execute(_NOTE_PARTIAL, *key)
        await self._connection.execute(_NOTE_CONFLICTS, *key, list(conflicts), list(conflicts.values()))

    async def newest_acts(self, ids: Sequence[UUID]) -> Mapping[UUID, Assignment]:
        rows = await self._connection.fetch(_NEWEST_ACTS, list(ids))
        return {row["administration_id"]: _made_of(row) for row in rows}

    async def purge(self, created_before: datetime) -> int:
        return int((await self._connection.execute(_PURGE, created_before)).rpartition(" ")[2])


def _arrays(items: Sequence[PlanItem]) -> tuple[list[object], ...]:
    befores = [item.before for item in items]
    return (
        [before.administration_id for before in befores],
        [before.version for before in befores],
        [before.placement.division_id for before in befores],
        [before.placement.template_id for before in befores],
        [uuid_array(before.placement.user_ids) for before in befores],
        [before.rule.value for before in befores],
        [before.plan_id for before in befores],
        [item.after.division_id for item in items],
        [item.after.template_id for item in items],
        [uuid_array(item.after.user_ids) for item in items],
    )


def _plan(row: asyncpg.Record | None) -> Plan | None:
    return None if row is None else _plan_of(row)


def _plan_of(row: asyncpg.Record) -> Plan:
    return Plan(
        id=row["id"],
        state=PlanState(row["state"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
        applied_at=row["applied_at"],
        undone_at=row["undone_at"],
        partial=row["partial"],
    )


def _item(row: asyncpg.Record) -> PlanItem:
    before = Assignment(
        administration_id=row["administration_id"],
        placement=_placement(row, "before"),
        rule=Rule(row["before_rule"]),
        plan_id=row["before_plan_id"],
        version=row["before_version"],
    )
    return PlanItem(
        before=before,
        after=_placement(row, "after"),
        applied_version=row["applied_version"],
        undone_version=row["undone_version"],
        conflict=row["conflict"] and Conflicting(row["conflict"]),
    )


def _made_of(row: asyncpg.Record) -> Assignment:
    item = _item(row)
    if item.undone_version is not None:
        return item.before
    return replace(item.before, placement=item.after, rule=Rule.PLAN, plan_id=row["plan_id"])


def _placement(row: asyncpg.Record, when: str) -> Placement:
    return Placement(
        division_id=row[f"{when}_division_id"],
        template_id=row[f"{when}_template_id"],
        user_ids=tuple(row[f"{when}_user_ids"]),
    )
