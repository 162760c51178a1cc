"""`/v1/sync-runs`: what was and is being synchronised."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from koppel.contracts.sync import ResourceCount
from koppel.contracts.values import ACTOR, Failure, ResourceName, SyncMode, SyncOutcome, SyncTrigger
from koppel.kernel.errors import NotFound
from koppel.platform.http import Instant, PageQuery, ResponseModel, paginate, problems
from koppel.platform.http.lists import Code, CountedPage, WithTotal
from sync_svc.application.end_run import cancel_run
from sync_svc.application.views import RunFilter, RunView
from sync_svc.domain.failure import NOTHING_OFFERED
from sync_svc.domain.listing import count_resources, not_read, raised_to
from sync_svc.domain.run import RunState, WaitingFor, came_no_further
from sync_svc.entrypoints.http.context import InContext, Reader, Requester, requester_of

router = APIRouter(tags=["sync runs"])

RunId = Annotated[UUID, Path(description="The sync run.")]

State = Annotated[RunState | None, Query(description="Only those in this state; left out: all.")]
Outcome = Annotated[SyncOutcome | None, Query(description="Only those that ended so; left out: all.")]
Since = Annotated[
    Instant | None,
    Query(description="Only those that were asked for at or after this moment; left out: all."),
]


class HeldByRun(ResponseModel):
    """Records that vanished all at once; none is deleted until somebody releases it at `/v1/held-deletions`."""

    id: UUID = Field(description="The held deletion.")
    resource: ResourceName = Field(description="What kind of records they are.")
    listing: str = Field(description="The provider's listing that does not show them any more.")
    count: int = Field(description="How many records are held.")
    of: int = Field(description="How many records the listing had.")


class SyncRun(ResponseModel):
    """A run; `outcome` is set exactly when `state` is `finished`.

    `failure` says why it is not whole or waits, `waiting_for` what for; waiting is no failure.
    """

    id: UUID = Field(description="The run.")
    administration_id: UUID = Field(description="The administration that is read.")
    trigger: SyncTrigger = Field(description="What asked for it first.")
    mode: SyncMode = Field(description="Everything, or what changed since the last run.")
    requested_resources: list[ResourceName] | None = Field(description="What was asked for; null: all.")
    state: RunState = Field(
        description="`queued`, `running`, `deferred` (goes on at `resume_at`) or `finished`."
    )
    outcome: SyncOutcome | None = Field(description="How it ended; null until it has.")
    percent: int = Field(description="How much is done, 0 to 100.")
    resources: list[ResourceCount] = Field(description="What it did, by resource.")
    requested_by: str = Field(description=f"Who asked first. {ACTOR}")
    requested_at: datetime = Field(description="When it was asked for.")
    started_at: datetime | None = Field(description="When the first page was asked for; null: not yet.")
    finished_at: datetime | None = Field(description="When it ended; null: it has not.")
    resume_at: datetime | None = Field(
        description="When it goes on at the earliest; null: it does not wait, or nobody can say: others are next, or somebody has"
        " to log in."
    )
    waiting_for: WaitingFor | None = Field(
        description="`turn` (others are next; a run may wait so between two pages), `budget` (the provider allows no more "
        "calls now) or `pause`; null: it is in work, has ended, or another service is away."
    )
    requests: list[UUID] = Field(
        description="The requests that it answers, newest first; at most 100 are shown."
    )
    calls: int = Field(description="Calls to the provider that it made so far, every try counted.")
    failure: Failure | None = Field(
        description="Why it is not whole, what it waits for, or, while it works, why a call is tried again; null: nothing is wrong."
    )
    missed_by_incremental: int = Field(
        description="Changes that a whole reading found although their stamp lay before what increments had read."
    )
    overlap_raised_to_seconds: int | None = Field(
        description="So many seconds before what they have read increments ask from now on, because of such changes; the longest of "
        "the run's listings; null: this run did not raise it."
    )
    held_deletions: list[HeldByRun] = Field(
        description="What it found vanished and left alone, as long as nobody decided and no later run found it again."
    )


class Cancelled(ResponseModel):
    """The run ends at its next page, or has ended when it was not in work."""

    id: UUID = Field(description="The run.")


def _resources(view: RunView) -> list[ResourceCount]:
    """With those that were asked for and that the provider does not have."""
    run = view.run
    ended_by = came_no_further(run.outcome, run.failure)
    counted = list(count_resources(view.listings, ended_by))
    planned = {each.resource for each in counted}
    missing = sorted((run.wanted.resources or frozenset()) - planned)
    if not counted and ended_by is None:
        return []
    return counted + [not_read(each, NOTHING_OFFERED.code if counted else ended_by) for each in missing]


def shown(view: RunView) -> SyncRun:
    """A run as the API shows it."""
    run = view.run
    return SyncRun(
        id=run.run_id,
        administration_id=run.administration_id,
        trigger=run.trigger,
        mode=run.mode,
        requested_resources=None if run.wanted.resources is None else sorted(run.wanted.resources),
        state=run.state,
        outcome=run.outcome,
        percent=run.percent,
        resources=_resources(view),
        requested_by=run.requested_by,
        requested_at=run.requested_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        resume_at=run.resume_at,
        waiting_for=run.waiting_for,
        requests=list(view.requests),
        calls=run.calls,
        failure=run.failure,
        missed_by_incremental=sum(each.missed for each in view.listings),
        overlap_raised_to_seconds=raised_to(view.listings),
        held_deletions=[
            HeldByRun(
                id=held.held_deletion_id,
                resource=held.resource,
                listing=held.listing,
                count=held.count,
                of=held.evidence.known,
            )
            for held in view.held_deletions
        ],
    )


@router.get("/v1/sync-runs", operation_id="list_sync_runs")
async def list_runs(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    *,
    administration_id: Annotated[
        UUID | None, Query(description="Only runs of this administration; left out: of all.")
    ] = None,
    sync_request_id: Annotated[
        UUID | None, Query(description="Only the run that answers this request; left out: all.")
    ] = None,
    state: State = None,
    outcome: Outcome = None,
    code: Code = None,
    since: Since = None,
    with_total: WithTotal = False,
) -> CountedPage[SyncRun]:
    """List sync runs. Newest first."""
    before = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        which = RunFilter(administration_id, sync_request_id, state, outcome, code, since)
        views = await tx.views.runs(which, None if before is None else before[0], page.fetch)
        total = await tx.views.run_count(which) if with_total else None
    listed = paginate(views, page, item=shown, key=lambda view: (view.run.run_id,))
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.get("/v1/sync-runs/{run_id}", operation_id="get_sync_run", responses=problems(sync_run_not_found=404))
async def get_run(run_id: RunId, principal: Reader, context: InContext) -> SyncRun:
    """Show a sync run."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        view = await tx.views.run(run_id)
    if view is None:
        raise NotFound("sync_run", run_id)
    return shown(view)


@router.post(
    "/v1/sync-runs/{run_id}/cancel",
    operation_id="cancel_sync_run",
    status_code=202,
    responses=problems(sync_run_not_found=404, run_finished=409),
)
async def cancel(run_id: RunId, principal: Requester, context: InContext) -> Cancelled:
    """Cancel a sync run. It ends at its next page; what it applied stays."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await cancel_run(tx, run_id, requester_of(principal))
    return Cancelled(id=run_id)
