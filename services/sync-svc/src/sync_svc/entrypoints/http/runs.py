"""`/v1/sync-runs`: what was and is being synchronised."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from koppel.contracts.sync import ResourceCount
from koppel.contracts.values import Failure, ResourceName, SyncMode, SyncOutcome, SyncTrigger
from koppel.kernel.errors import NotFound
from koppel.platform.http import Page, PageQuery, ResponseModel, paginate
from sync_svc.application.end_run import cancel_run
from sync_svc.application.views import RunView
from sync_svc.domain.listing import count_resources
from sync_svc.domain.run import RunState
from sync_svc.entrypoints.http.context import InContext, Reader, Requester, requester_of

router = APIRouter(tags=["sync runs"])


class SyncRun(ResponseModel):
    """A run; `outcome` is set exactly when `state` is `finished`, `resume_at` exactly when it is `deferred`.

    `failure` says why it is not whole or waits.
    """

    id: UUID
    administration_id: UUID
    trigger: SyncTrigger
    mode: SyncMode
    requested_resources: list[ResourceName] | None
    state: RunState
    outcome: SyncOutcome | None
    percent: int
    resources: list[ResourceCount]
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    resume_at: datetime | None
    failure: Failure | None


class Cancelled(ResponseModel):
    """The run ends at its next page, or has ended when it was not in work."""

    id: UUID


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
        resources=list(count_resources(view.readings)),
        requested_by=run.requested_by,
        requested_at=run.requested_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        resume_at=run.resume_at,
        failure=run.failure,
    )


@router.get("/v1/sync-runs", operation_id="list_sync_runs")
async def list_runs(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    administration_id: Annotated[UUID | None, Query()] = None,
    sync_request_id: Annotated[UUID | None, Query()] = None,
) -> Page[SyncRun]:
    """Newest first."""
    before = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        views = await tx.views.runs(
            administration_id,
            sync_request_id,
            None if before is None else before[0],
            page.fetch,
        )
    return paginate(views, page, item=shown, key=lambda view: (view.run.run_id,))


@router.get("/v1/sync-runs/{run_id}", operation_id="get_sync_run")
async def get_run(run_id: UUID, principal: Reader, context: InContext) -> SyncRun:
    """One run."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        view = await tx.views.run(run_id)
    if view is None:
        raise NotFound("sync_run", run_id)
    return shown(view)


@router.post("/v1/sync-runs/{run_id}/cancel", operation_id="cancel_sync_run", status_code=202)
async def cancel(run_id: UUID, principal: Requester, context: InContext) -> Cancelled:
    """Stop a run; what it applied stays."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await cancel_run(tx, run_id, requester_of(principal))
    return Cancelled(id=run_id)
