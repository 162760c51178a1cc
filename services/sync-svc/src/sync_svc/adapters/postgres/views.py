"""Reads for people and other services."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from uuid import UUID

import asyncpg

from koppel.contracts.values import ResourceName, SyncOutcome
from koppel.platform.unit_of_work import Repository
from sync_svc.adapters.postgres.bodies import data_of, raw_of
from sync_svc.adapters.postgres.held_deletions import HELD_COLUMNS, held_from
from sync_svc.adapters.postgres.pauses import PostgresPauses
from sync_svc.adapters.postgres.policies import POLICIES_OF, policy_from
from sync_svc.adapters.postgres.run_listings import progress_from
from sync_svc.adapters.postgres.runs import run_from
from sync_svc.adapters.postgres.statuses import STATUS_COUNT, STATUS_PAGES
from sync_svc.application.views import (
    HeldFilter,
    ListedAdministration,
    RecordView,
    ResourceStatus,
    RunFilter,
    RunView,
    StatusFilter,
    StatusOrder,
    SyncStatus,
)
from sync_svc.domain.freshness import Freshness, Unmet
from sync_svc.domain.held_deletion import HeldDeletion
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.pause import Pause, held_until
from sync_svc.domain.run import Run, RunState

_HELD = "exists (select from held_run where held_run.run_id = sync_run.run_id) as held"
# Without an organisation: of all. Only an operator's request reads them in the system's transaction.
_RUNS = f"""
select *, {_HELD} from sync_run
where ($1::uuid is null or organisation_id = $1)
  and ($2::uuid is null or administration_id = $2)
  and ($3::uuid is null or run_id = (
           select run_id from sync_request
           where sync_request_id = $3 and ($1::uuid is null or organisation_id = $1)))
  and ($4::text is null or state = $4)
  and ($5::text is null or outcome = $5)
  and ($6::text is null or failure ->> 'code' = $6)
  and ($7::timestamptz is null or requested_at >= $7)
  and ($8::text is null or exists (
          select from administration named
          where named.administration_id = sync_run.administration_id and strpos(lower(named.name), lower($8)) > 0))
  and ($9::uuid is null or run_id = $9)
  and ($10::uuid is null or run_id < $10)
order by run_id desc limit $11
"""
_RUN_COUNT = f"select count(*) from ({_RUNS}) as listed"
_REQUESTS = """
select run.run_id, request.sync_request_id from unnest($1::uuid[]) as run (run_id)
cross join lateral (
    select sync_request_id from sync_request where sync_request.run_id = run.run_id
    order by sync_request_id desc limit 100
) request
"""
_RUN = f"select *, {_HELD} from sync_run where run_id = $1"
_LISTINGS = "select * from run_listing where run_id = any($1::uuid[]) order by run_id, position"
_HELD_BY = f"""
select {HELD_COLUMNS} from held_deletion held where run_id = any($1::uuid[]) and state = 'open' order by listing
"""
_HELD_DELETIONS = f"""
select {HELD_COLUMNS} from held_deletion held
where ($1::uuid is null or organisation_id = $1)
  and ($2::uuid is null or administration_id = $2)
  and ($3::text is null or state = $3)
  and ($4::timestamptz is null or held_at >= $4)
  and ($5::uuid is null or held_deletion_id < $5)
order by held_deletion_id desc limit $6
"""
_HELD_COUNT = f"select count(*) from ({_HELD_DELETIONS}) as listed"
_LAST = """
select outcome, extract(epoch from finished_at - started_at)::float as seconds from sync_run
where administration_id = $1 and state = 'finished' order by finished_at desc limit 1
"""
_LAST_SYNCED = """
select max(finished_at) from sync_run
where administration_id = $1 and state = 'finished' and outcome in ('changed', 'unchanged', 'partial')
"""
_OPEN = """
select * from sync_run where administration_id = $1 and state in ('running', 'deferred')
"""
_OPEN_OF = """
select * from sync_run where administration_id = any($1::uuid[]) and state in ('running', 'deferred')
"""
_LENGTHS = """
select open_run.administration_id, array_agg(ended.seconds) as seconds
from sync_run open_run cross join lateral (
    select extract(epoch from finished_at - started_at)::float as seconds from sync_run earlier
    where earlier.administration_id = open_run.administration_id and earlier.mode = open_run.mode
      and earlier.resources is not distinct from open_run.resources
      and earlier.outcome in ('changed', 'unchanged', 'partial') and earlier.started_at is not null
    order by earlier.run_id desc limit 20
) ended
where open_run.administration_id = any($1::uuid[]) and open_run.state in ('running', 'deferred')
group by open_run.administration_id
"""
_FRESHNESS = """
select administration_id, objective_seconds, unmet, floor(extract(epoch from now() - read_at))::int as age_seconds
from administration_freshness where administration_id = any($1::uuid[])
"""
_NEXT_DUE = "select next_due_at from sync_policy where administration_id = $1 and enabled"
_RESOURCES = """
with live as (
    select resource, count(*) as records from record where administration_id = $1 and not deleted group by resource
), read as (
    select resource, min(moved_at) as synced_at from sync_cursor where administration_id = $1 group by resource
)
select resource, synced_at, coalesce(records, 0) as records from read full join live using (resource) order by resource
"""
_RECORDS = """
select resource, external_id, revision, changed_at, deleted, data, raw from record
where administration_id = $1 and ($2::text is null or resource = $2)
  and ($3::text is null or (resource, external_id) > ($3, $4::text))
order by resource, external_id limit $5
"""


class PostgresViews(Repository):
    """Implements `Views` through the caller's transaction."""

    async def runs(self, which: RunFilter, before: UUID | None, limit: int) -> list[RunView]:
        rows = await self._connection.fetch(_RUNS, self._organisation_id, *astuple(which), before, limit)
        return await self._with_listings(await self._as_held(rows))

    async def run_count(self, which: RunFilter) -> int:
        counted: int = await self._connection.fetchval(
            _RUN_COUNT, self._organisation_id, *astuple(which), None, None
        )
        return counted

    async def run(self, run_id: UUID) -> RunView | None:
        row = await self._connection.fetchrow(_RUN, run_id)
        return None if row is None else (await self._with_listings(await self._as_held([row])))[0]

    async def status(self, administration_id: UUID) -> SyncStatus:
        last = await self._connection.fetchrow(_LAST, administration_id)
        in_work = await self._connection.fetchrow(_OPEN, administration_id)
        pauses = PostgresPauses(self._connection, self._organisation_id)
        return SyncStatus(
            last_synced_at=await self._connection.fetchval(_LAST_SYNCED, administration_id),
            last_duration_seconds=None if last is None else last["seconds"],
            last_outcome=None if last is None else SyncOutcome(last["outcome"]),
            next_due_at=await self._connection.fetchval(_NEXT_DUE, administration_id),
            open_run=None if in_work is None else run_from(in_work),
            resources=[
                ResourceStatus(ResourceName(row["resource"]), row["synced_at"], row["records"])
                for row in await self._connection.fetch(_RESOURCES, administration_id)
            ],
            paused=next(iter(await pauses.of_administration(administration_id)), None),
            freshness=(await self._freshness([administration_id])).get(administration_id),
            lengths=await self.lengths(administration_id),
        )

    async def lengths(self, administration_id: UUID) -> Sequence[float]:
        return (await self._lengths([administration_id])).get(administration_id, ())

    async def _lengths(self, ids: Sequence[UUID]) -> dict[UUID, Sequence[float]]:
        rows = await self._connection.fetch(_LENGTHS, ids)
        return {row["administration_id"]: row["seconds"] for row in rows}

    async def _freshness(self, ids: Sequence[UUID]) -> dict[UUID, Freshness]:
        return {
            row["administration_id"]: Freshness(
                row["objective_seconds"],
                row["age_seconds"],
                None if row["unmet"] is None else Unmet(row["unmet"]),
            )
            for row in await self._connection.fetch(_FRESHNESS, ids)
        }

    async def status_count(self, which: StatusFilter) -> int:
        count: int = await self._connection.fetchval(STATUS_COUNT, self._organisation_id, *astuple(which))
        return count

    async def statuses(
        self, which: StatusFilter, order: StatusOrder | None, after: UUID | None, limit: int
    ) -> list[ListedAdministration]:
        rows = await self._connection.fetch(
            STATUS_PAGES[order], self._organisation_id, *astuple(which), after, limit
        )
        ids = [row["administration_id"] for row in rows]
        in_work = {
            row["administration_id"]: run_from(row) for row in await self._connection.fetch(_OPEN_OF, ids)
        }
        pauses = await PostgresPauses(self._connection, self._organisation_id).of_administrations(ids)
        fresh, lengths = await self._freshness(ids), await self._lengths(list(in_work))
        policies = {
            row["administration_id"]: policy_from(row)
            for row in await self._connection.fetch(POLICIES_OF, ids)
        }
        return [
            ListedAdministration(
                each,
                row["name"],
                replace(
                    _status(row, in_work.get(each), pauses[each]),
                    freshness=fresh.get(each),
                    lengths=lengths.get(each, ()),
                ),
                row["organisation_id"],
                row["provider"],
                policies.get(each),
            )
            for each, row in zip(ids, rows, strict=True)
        ]

    async def held_deletions(self, which: HeldFilter, before: UUID | None, limit: int) -> list[HeldDeletion]:
        rows = await self._connection.fetch(
            _HELD_DELETIONS, self._organisation_id, *astuple(which), before, limit
        )
        return [held_from(row) for row in rows]

    async def held_deletion_count(self, which: HeldFilter) -> int:
        counted: int = await self._connection.fetchval(
            _HELD_COUNT, self._organisation_id, *astuple(which), None, None
        )
        return counted

    async def records(
        self,
        administration_id: UUID,
        resource: ResourceName | None,
        after: tuple[str, str] | None,
        limit: int,
    ) -> list[RecordView]:
        rows = await self._connection.fetch(
            _RECORDS, administration_id, resource, *(after or (None, None)), limit
        )
        return [_record(row) for row in rows]

    async def _as_held(self, rows: Sequence[asyncpg.Record]) -> list[Run]:
        """The runs; one that a pause holds waits for that, whatever it waited for when a worker left it."""
        ids = [row["administration_id"] for row in rows if row["held"]]
        pauses = await PostgresPauses(self._connection, self._organisation_id).of_administrations(ids)
        runs = []
        for row in rows:
            run = run_from(row)
            waits = row["held"] and (run.state is not RunState.RUNNING or run.between_turns)
            runs.append(held_until(run, pauses[run.administration_id]) if waits else run)
        return runs

    async def _with_listings(self, runs: Sequence[Run]) -> list[RunView]:
        found: dict[UUID, list[ListingProgress]] = {run.run_id: [] for run in runs}
        held: dict[UUID, list[HeldDeletion]] = {run.run_id: [] for run in runs}
        for row in await self._connection.fetch(_LISTINGS, list(found)):
            found[row["run_id"]].append(progress_from(row))
        for row in await self._connection.fetch(_HELD_BY, list(found)):
            held[row["run_id"]].append(held_from(row))
        requests: dict[UUID, list[UUID]] = {run.run_id: [] for run in runs}
        for row in await self._connection.fetch(_REQUESTS, list(found)):
            requests[row["run_id"]].append(row["sync_request_id"])
        return [RunView(run, found[run.run_id], held[run.run_id], requests[run.run_id]) for run in runs]


def _status(row: asyncpg.Record, open_run: Run | None, pauses: Sequence[Pause]) -> SyncStatus:
    return SyncStatus(
        last_synced_at=row["last_synced_at"],
        last_duration_seconds=row["seconds"],
        last_outcome=None if row["outcome"] is None else SyncOutcome(row["outcome"]),
        next_due_at=row["next_due_at"],
        open_run=open_run,
        resources=(),
        paused=next(iter(pauses), None),
    )


def _record(row: asyncpg.Record) -> RecordView:
    return RecordView(
        resource=ResourceName(row["resource"]),
        external_id=row["external_id"],
        revision=row["revision"],
        changed_at=row["changed_at"],
        deleted=row["deleted"],
        data=data_of(row),
        raw=raw_of(row),
    )
