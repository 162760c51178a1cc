"""Runs and the requests they answer."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from uuid import UUID

import asyncpg

from koppel.contracts.sync import SyncRequested, SyncStarted
from koppel.contracts.values import Failure, ResourceName, SyncMode, SyncOutcome, SyncTrigger
from koppel.kernel.cause import Cause
from koppel.platform.database import Connection
from koppel.platform.unit_of_work import Repository
from sync_svc.domain.request import Priority, Wanted
from sync_svc.domain.run import Ending, Run, RunState, WaitingFor

_LOCK_OPEN = """
select * from sync_run where administration_id = $1 and state <> 'finished' order by run_id for update
"""
_OPEN_OF = """
select * from sync_run where administration_id = any($1::uuid[]) and state <> 'finished' order by run_id desc
"""
_NEWEST = "select * from sync_run where administration_id = $1 order by run_id desc limit 1"
_LOCK = "select * from sync_run where run_id = $1 for update"
_ENQUEUE = """
insert into sync_run (run_id, organisation_id, administration_id, trigger, mode, resources, lane, state, requested_by,
                      requested_at, correlation_id, causation_id, traceparent)
values ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9, $10, $11, $12)
on conflict (administration_id) where state = 'queued' do nothing returning true
"""
# What waits for our own budget is looked at again: a better priority leaves less of it to others.
_LOOKED_AT_AGAIN = """
not_before = case when waiting_for = 'budget' and failure ->> 'code' = 'provider_busy' and lane > $PRIORITY
             then now() else not_before end
"""
_WIDEN = f"""
update sync_run set mode = $2, resources = $3, lane = least(lane, $4), {_LOOKED_AT_AGAIN.replace("$PRIORITY", "$4")}
where run_id = $1
"""
# A turn in hand is charged where it was granted.
_RAISE_PRIORITY = f"""
update sync_run set hastened_to = least(hastened_to, $2), lane = case when charged = calls then least(lane, $2) else lane end,
    {_LOOKED_AT_AGAIN.replace("$PRIORITY", "$2")}
where administration_id = $1 and state in ('running', 'deferred') and lane > $2
"""
# Whoever asks chooses the id: one that another organisation took already is not in the way, its run is made all the same.
_ADD_REQUEST = """
insert into sync_request (sync_request_id, organisation_id, run_id, trigger, requested_by, requested_at)
values ($1, $2, $3, $4, $5, $6) on conflict (sync_request_id) do nothing
"""
_RESTORE_REQUEST = files(__package__).joinpath("restore_request.sql").read_text(encoding="utf-8")
_HAS_REQUEST = "select true from sync_request where sync_request_id = $2 and organisation_id = $1"
_REQUEST_IDS = "select sync_request_id from sync_request where run_id = $1 order by sync_request_id"
_START = """
update sync_run
set state = $2, started_at = $3, fruitless_starts = $4, failure = null, waiting_for = null,
    prepared_from = case when waiting_for in ('turn', 'budget') and prepared_from > now() - interval '15 min' then prepared_from end
where run_id = $1 returning case when prepared_from is null then '{}' else prepared_parts end
"""
_PROGRESS = """
update sync_run
set percent = $2, progressed_at = coalesce($3, progressed_at), fruitless_starts = 0, fruitless_deferrals = 0,
    waiting_for = null, told_to_wait = false
where run_id = $1 returning cancel_requested_by
"""
# When a run goes on is reckoned by one clock: workers of several processes may differ.
_DEFER = """
update sync_run
set state = 'deferred', not_before = now() + $2, failure = $3, waiting_for = $4, told_to_wait = true,
    fruitless_deferrals = fruitless_deferrals + case when $4::text is null then 1 else 0 end,
    prepared_parts = $5::text[], prepared_from = now() + $2
where run_id = $1 returning not_before, old.told_to_wait
"""
_PUT_OFF = """
with late as (
    select run_id from sync_run
    where {which} and state in ('queued', 'deferred') and not_before <= now() and cancel_requested_by is null
      and not exists (select from lease where kind = 'sync_run' and subject = run_id and expires_at > now())
    for update skip locked
)
update sync_run set not_before = now() + $2, waiting_for = 'budget', failure = $3,
    prepared_from = case when prepared_from is not null then now() + $2 end
from late where sync_run.run_id = late.run_id
"""
_PUT_OFF_ONE = _PUT_OFF.format(which="run_id = $1")
_PUT_OFF_ALL = _PUT_OFF.format(
    which="""state <> 'finished' and administration_id in (
        select other.administration_id from sync_run run
        join administration using (administration_id) join administration other using (provider)
        where run.run_id = $1)"""
)
_LEAVE = """
update sync_run set waiting_for = 'turn', prepared_parts = $2::text[], prepared_from = coalesce(prepared_from, now())
where run_id = $1
"""
_TELL_CAUSE = "update sync_run set failure = $2 where run_id = $1 and state = 'running'"
_HOLD = """
update sync_run set state = 'deferred', waiting_for = 'pause', failure = $2, told_to_wait = true
where run_id = $1 returning old.told_to_wait
"""
_REQUEST_CANCEL = "update sync_run set cancel_requested_by = $2 where run_id = $1"
_FINISH = """
update sync_run
set state = 'finished', outcome = $2, failure = $3, finished_at = $4,
    percent = case when $2 in ('changed', 'unchanged', 'partial') then 100 else percent end
where run_id = $1
"""
_FORGET = """
with old as (
    select run_id from sync_run
    where state = 'finished' and finished_at < $1
      and exists (select from sync_run newer
                  where newer.administration_id = sync_run.administration_id and newer.run_id > sync_run.run_id)
    limit $2
), requests as (
    delete from sync_request using old where sync_request.run_id = old.run_id
), listings as (
    delete from run_listing using old where run_listing.run_id = old.run_id
)
delete from sync_run using old where sync_run.run_id = old.run_id
"""


class PostgresRuns(Repository):
    """Implements `Runs` through the caller's transaction."""

    def __init__(self, connection: Connection, organisation_id: UUID | None, cause: Cause) -> None:
        super().__init__(connection, organisation_id)
        self._cause = cause

    async def lock_open(self, administration_id: UUID) -> list[Run]:
        return [run_from(row) for row in await self._connection.fetch(_LOCK_OPEN, administration_id)]

    async def lock(self, run_id: UUID) -> Run | None:
        row = await self._connection.fetchrow(_LOCK, run_id)
        return None if row is None else run_from(row)

    async def enqueue(self, run: Run) -> bool:
        made = await self._connection.fetchval(
            _ENQUEUE,
            run.run_id,
            run.organisation_id,
            run.administration_id,
            run.trigger.value,
            run.mode.value,
            _names(run.wanted),
            run.priority.value,
            run.requested_by,
            run.requested_at,
            run.correlation_id,
            run.causation_id,
            run.traceparent,
        )
        return made is not None

    async def widen(self, run_id: UUID, wanted: Wanted, priority: Priority) -> None:
        await self._connection.execute(_WIDEN, run_id, wanted.mode.value, _names(wanted), priority.value)

    async def raise_priority(self, administration_id: UUID, priority: Priority) -> None:
        await self._connection.execute(_RAISE_PRIORITY, administration_id, priority.value)

    async def add_request(
        self, run: Run, sync_request_id: UUID, trigger: SyncTrigger, requested_by: str, requested_at: datetime
    ) -> None:
        await self._connection.execute(
            _ADD_REQUEST,
            sync_request_id,
            run.organisation_id,
            run.run_id,
            trigger.value,
            requested_by,
            requested_at,
        )

    async def restore_request(self, request: SyncRequested) -> None:
        await self._connection.execute(
            _RESTORE_REQUEST,
            request.sync_request_id,
            request.organisation_id,
            request.trigger.value,
            request.requested_by,
            request.requested_at,
            request.administration_id,
            self._cause.causation_id,
            SyncStarted.topic.name,
            SyncStarted.type_name(),
        )

    async def has_request(self, sync_request_id: UUID) -> bool:
        return (
            await self._connection.fetchval(_HAS_REQUEST, self._organisation_id, sync_request_id) is not None
        )

    async def request_ids(self, run_id: UUID) -> tuple[UUID, ...]:
        return tuple(row[0] for row in await self._connection.fetch(_REQUEST_IDS, run_id))

    async def start(self, run: Run) -> frozenset[str]:
        prepared: list[str] = await self._connection.fetchval(
            _START, run.run_id, run.state.value, run.started_at, run.starts_without_progress
        )
        return frozenset(prepared)

    async def progress(self, run_id: UUID, percent: int, at: datetime | None) -> str | None:
        cancelled_by: str | None = await self._connection.fetchval(_PROGRESS, run_id, percent, at)
        return cancelled_by

    async def defer(
        self,
        run: Run,
        seconds: float,
        failure: Failure,
        waits_for: WaitingFor | None,
        *,
        prepared: Collection[str] = (),
    ) -> tuple[datetime, bool]:
        told = failure.model_dump(mode="json")
        given = (run.run_id, timedelta(seconds=seconds), told, waits_for, sorted(prepared))
        (row,) = await self._connection.fetch(_DEFER, *given)
        return row["not_before"], row["told_to_wait"]

    async def put_off(self, run_id: UUID, seconds: float, failure: Failure, *, all_of_provider: bool) -> None:
        which = _PUT_OFF_ALL if all_of_provider else _PUT_OFF_ONE
        await self._connection.execute(
            which, run_id, timedelta(seconds=seconds), failure.model_dump(mode="json")
        )

    async def leave(self, run_id: UUID, *, prepared: Collection[str]) -> None:
        await self._connection.execute(_LEAVE, run_id, sorted(prepared))

    async def tell_cause(self, run_id: UUID, cause: Failure | None) -> None:
        told = None if cause is None else cause.model_dump(mode="json")
        await self._connection.execute(_TELL_CAUSE, run_id, told)

    async def hold(self, run_id: UUID, failure: Failure) -> bool:
        told: bool = await self._connection.fetchval(_HOLD, run_id, failure.model_dump(mode="json"))
        return told

    async def request_cancel(self, run_id: UUID, by: str) -> None:
        await self._connection.execute(_REQUEST_CANCEL, run_id, by)

    async def finish(self, run_id: UUID, ending: Ending, at: datetime) -> None:
        failure = None if ending.failure is None else ending.failure.model_dump(mode="json")
        await self._connection.execute(_FINISH, run_id, ending.outcome.value, failure, at)

    async def covering(self, ids: Sequence[UUID], wanted: Wanted) -> dict[UUID, UUID]:
        rows = await self._connection.fetch(_OPEN_OF, list(ids))
        runs = [run_from(row) for row in rows]
        return {run.administration_id: run.run_id for run in runs if run.may_take_along(wanted)}

    async def newest(self, administration_id: UUID) -> Run | None:
        row = await self._connection.fetchrow(_NEWEST, administration_id)
        return None if row is None else run_from(row)

    async def forget(self, finished_before: datetime, limit: int) -> int:
        tag = await self._connection.execute(_FORGET, finished_before, limit)
        return int(tag.rpartition(" ")[2])


def run_from(row: asyncpg.Record) -> Run:
    """A row of `sync_run`."""
    names, outcome, waits_for = row["resources"], row["outcome"], row["waiting_for"]
    wanted = Wanted(
        SyncMode(row["mode"]), None if names is None else frozenset(ResourceName(name) for name in names)
    )
    return Run(
        run_id=row["run_id"],
        organisation_id=row["organisation_id"],
        administration_id=row["administration_id"],
        trigger=SyncTrigger(row["trigger"]),
        wanted=wanted,
        priority=Priority(row["lane"]),
        state=RunState(row["state"]),
        outcome=None if outcome is None else SyncOutcome(outcome),
        failure=None if row["failure"] is None else Failure.model_validate(row["failure"]),
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        cancel_requested_by=row["cancel_requested_by"],
        progressed_at=row["progressed_at"],
        percent=row["percent"],
        starts_without_progress=row["fruitless_starts"],
        deferrals_without_progress=row["fruitless_deferrals"],
        not_before=row["not_before"],
        calls=row["calls"],
        waits_for=None if waits_for is None else WaitingFor(waits_for),
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
    )


def _names(wanted: Wanted) -> list[str] | None:
    return None if wanted.resources is None else sorted(wanted.resources)
