"""When administrations synchronise by themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from uuid import UUID

import asyncpg

from koppel.contracts.values import ResourceName
from koppel.platform.unit_of_work import Repository
from sync_svc.adapters.postgres.administrations import ADMINISTRATION_COLUMNS, administration_of
from sync_svc.domain.forecast import Planned
from sync_svc.domain.policy import Due, Policy, SweepRhythm
from sync_svc.domain.schedule import DEFAULT_SCHEDULE, Cron, Every, Preset, Schedule

_SCHEDULE = """enabled, interval_minutes, preset, cron, resources, next_due_at, sweep, next_sweep_at, freshness_minutes,
    usual_objective"""
_GET = f"select administration_id, {_SCHEDULE} from sync_policy where administration_id = $1"
POLICIES_OF = (
    f"select administration_id, {_SCHEDULE} from sync_policy where administration_id = any($1::uuid[])"
)
_SAVE = f"""
insert into sync_policy (administration_id, organisation_id, {_SCHEDULE})
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (administration_id) do update
    set enabled = excluded.enabled, interval_minutes = excluded.interval_minutes,
        preset = excluded.preset, cron = excluded.cron, resources = excluded.resources, next_due_at = excluded.next_due_at,
        sweep = excluded.sweep, next_sweep_at = excluded.next_sweep_at,
        freshness_minutes = excluded.freshness_minutes, usual_objective = excluded.usual_objective
"""
_DISABLE = "update sync_policy set enabled = false where administration_id = $1"
# Ten a second: a login of a thousand companies that works again brings no herd.
_RESCHEDULE_NOW = """
with due as (
    select administration_id, row_number() over (order by administration_id) - 1 as place
    from administration join sync_policy using (administration_id)
    where administration.organisation_id = $1 and grant_id = any($2::uuid[]) and enabled
)
update sync_policy
set next_due_at = least(next_due_at, $3::timestamptz + due.place * interval '100 milliseconds'), missed = false
from due where sync_policy.administration_id = due.administration_id
"""
_DUE_AT = """
update sync_policy set next_due_at = least(next_due_at, $2) where administration_id = $1 and enabled
"""
_LOCK_DUE = f"""
select {ADMINISTRATION_COLUMNS}, {_SCHEDULE},
       exists (select from sync_run
               where sync_run.administration_id = sync_policy.administration_id and state <> 'finished') as is_open,
       exists (select from held_administration held
               where held.administration_id = sync_policy.administration_id) as is_paused
from sync_policy
join administration using (organisation_id, administration_id)
left join connection_grant using (organisation_id, grant_id)
where enabled and next_due_at <= $1
order by next_due_at limit $2
for update of sync_policy skip locked
"""
_OVERDUE = """
select coalesce(extract(epoch from now() - min(next_due_at)), 0)::float from sync_policy
where enabled and next_due_at <= now()
"""
_MOVE = """
update sync_policy
set next_due_at = moved.next_due_at, next_sweep_at = moved.next_sweep_at, missed = moved.missed,
    usual_objective = moved.usual_objective
from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::boolean[], $5::int[])
    as moved (administration_id, next_due_at, next_sweep_at, missed, usual_objective)
where sync_policy.administration_id = moved.administration_id
"""
# Looked for among the last runs only: where none of many made a call, all of a month would be read for nothing.
PLANNED = """
select administration_id, interval_minutes, preset, cron, next_due_at, sweep, next_sweep_at,
       (select percentile_disc(0.5) within group (order by calls)
        from (select calls
              from (select mode, calls, finished_at from sync_run
                    where sync_run.administration_id = sync_policy.administration_id and state = 'finished'
                    order by finished_at desc limit 50) lately
              where mode = 'incremental' and calls > 0
              order by finished_at desc limit 5) last) as calls,
       (select calls
        from (select calls, run_id from sync_run
              where sync_run.administration_id = sync_policy.administration_id and state = 'finished' and mode = 'full'
              order by run_id desc limit 50) lately
        where calls > 0
        order by run_id desc limit 1) as sweep_calls
from sync_policy join administration using (administration_id)
where enabled and removed_reason is null and provider = $1
"""
_MADE_UP_FOR = "update sync_policy set missed = false where administration_id = $1"
_RESCHEDULE_MISSED = files(__package__).joinpath("reschedule_missed.sql").read_text(encoding="utf-8")


class PostgresPolicies(Repository):
    """Implements `Policies`."""

    async def get(self, administration_id: UUID) -> Policy | None:
        row = await self._connection.fetchrow(_GET, administration_id)
        return None if row is None else policy_from(row)

    async def planned(self, provider: str, unknown: int) -> list[Planned]:
        return [_planned(row, unknown) for row in await self._connection.fetch(PLANNED, provider)]

    async def save(self, policy: Policy) -> None:
        await self._connection.execute(
            _SAVE,
            policy.administration_id,
            self._organisation_id,
            policy.enabled,
            *_schedule_columns(policy.schedule),
            None if policy.resources is None else sorted(policy.resources),
            policy.next_due_at,
            policy.sweep,
            policy.next_sweep_at,
            policy.freshness_minutes,
            _seconds(policy.usual_objective),
        )

    async def disable(self, administration_id: UUID) -> None:
        await self._connection.execute(_DISABLE, administration_id)

    async def reschedule_now(self, grant_ids: Sequence[UUID], due_at: datetime) -> None:
        await self._connection.execute(_RESCHEDULE_NOW, self._organisation_id, grant_ids, due_at)

    async def due_at(self, administration_id: UUID, due_at: datetime) -> None:
        await self._connection.execute(_DUE_AT, administration_id, due_at)

    async def lock_due(self, now: datetime, limit: int) -> list[Due]:
        rows = await self._connection.fetch(_LOCK_DUE, now, limit)
        return [
            Due(administration_of(row), policy_from(row), row["is_open"], row["is_paused"]) for row in rows
        ]

    async def overdue_seconds(self) -> float:
        found: float = await self._connection.fetchval(_OVERDUE)
        return found

    async def move(self, policies: Sequence[Policy]) -> None:
        await self._connection.execute(
            _MOVE,
            [policy.administration_id for policy in policies],
            [policy.next_due_at for policy in policies],
            [policy.next_sweep_at for policy in policies],
            [policy.missed for policy in policies],
            [_seconds(policy.usual_objective) for policy in policies],
        )

    async def made_up_for(self, administration_id: UUID) -> None:
        await self._connection.execute(_MADE_UP_FOR, administration_id)

    async def reschedule_missed(self) -> None:
        await self._connection.execute(_RESCHEDULE_MISSED)


def policy_from(row: asyncpg.Record) -> Policy:
    """A row of `sync_policy`."""
    names = row["resources"]
    return Policy(
        administration_id=row["administration_id"],
        enabled=row["enabled"],
        schedule=_schedule(row),
        resources=None if names is None else frozenset(ResourceName(name) for name in names),
        next_due_at=row["next_due_at"],
        sweep=None if row["sweep"] is None else SweepRhythm(row["sweep"]),
        next_sweep_at=row["next_sweep_at"],
        freshness_minutes=row["freshness_minutes"],
        usual_objective=None if row["usual_objective"] is None else timedelta(seconds=row["usual_objective"]),
    )


def _planned(row: asyncpg.Record, unknown: int) -> Planned:
    return Planned(
        administration_id=row["administration_id"],
        schedule=_schedule(row),
        next_due_at=row["next_due_at"],
        calls=row["calls"] or unknown,
        sweep=SweepRhythm(row["sweep"] or SweepRhythm.WEEKLY).preset,
        next_sweep_at=row["next_sweep_at"],
        sweep_calls=row["sweep_calls"] or row["calls"] or unknown,
    )


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())


def _schedule(row: asyncpg.Record) -> Schedule:
    if row["cron"] is not None:
        return Cron(row["cron"])
    return Every(row["interval_minutes"]) if row["preset"] is None else Preset(row["preset"])


def _schedule_columns(schedule: Schedule) -> tuple[int, str | None, str | None]:
    """A process of the release before reads the interval alone: it is filled whatever the schedule."""
    if isinstance(schedule, Every):
        return schedule.minutes, None, None
    nominal = DEFAULT_SCHEDULE.minutes
    return (
        (nominal, schedule.value, None)
        if isinstance(schedule, Preset)
        else (nominal, None, schedule.expression)
    )
