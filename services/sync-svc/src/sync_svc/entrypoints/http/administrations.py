"""`/v1/administrations/{id}/…`: how an administration's data stands, the data, and its schedule."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, JsonValue

from koppel.contracts.values import ResourceName, SyncOutcome
from koppel.kernel.errors import NotFound
from koppel.platform.http import Page, RequestModel, ResponseModel, TextPairPageQuery, paginate
from koppel.platform.identity import Principal
from sync_svc.application.change_policy import change_policy
from sync_svc.application.views import SyncStatus
from sync_svc.domain.administration import Administration
from sync_svc.domain.progress import eta_seconds
from sync_svc.domain.run import Run, RunState
from sync_svc.domain.schedule import LONGEST_INTERVAL_MINUTES, SHORTEST_INTERVAL_MINUTES
from sync_svc.entrypoints.http.context import (
    Context,
    InContext,
    Reader,
    Scheduler,
    await_administrations,
    requester_of,
)

router = APIRouter(tags=["administrations"])


class RunningSync(ResponseModel):
    """The run in work; `eta_seconds` is null while there is nothing to go by."""

    run_id: UUID
    state: RunState
    percent: int
    eta_seconds: int | None


class ResourceState(ResponseModel):
    """When the resource was last read to its end, and how many records it holds."""

    resource: ResourceName
    synced_at: datetime | None
    records: int


class Status(ResponseModel):
    """`last_synced_at` is of the last run that brought data, `last_outcome` of the last run at all."""

    last_synced_at: datetime | None
    last_duration_seconds: float | None
    last_outcome: SyncOutcome | None
    next_due_at: datetime | None
    running: RunningSync | None
    resources: list[ResourceState]


class Record(ResponseModel):
    """A synchronised object: canonical fields and the package's own body."""

    resource: ResourceName
    external_id: str
    revision: int
    changed_at: datetime
    deleted: bool
    data: dict[str, JsonValue]
    raw: dict[str, JsonValue]


class ChangePolicy(RequestModel):
    """The whole policy; `resources` null or left out means all."""

    enabled: bool
    interval_minutes: Annotated[int, Field(ge=SHORTEST_INTERVAL_MINUTES, le=LONGEST_INTERVAL_MINUTES)]
    resources: Annotated[list[ResourceName], Field(min_length=1)] | None = None


class SyncPolicy(ResponseModel):
    """When the administration synchronises by itself; `next_due_at` is null while it does not."""

    administration_id: UUID
    enabled: bool
    interval_minutes: int
    resources: list[ResourceName] | None
    next_due_at: datetime | None


@router.get(
    "/v1/administrations/{administration_id}/sync-status",
    operation_id="get_sync_status",
)
async def status(administration_id: UUID, principal: Reader, context: InContext) -> Status:
    """How the administration's data stands."""
    await _must_be_here(context, principal, administration_id)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        return _status(await tx.views.status(administration_id), tx.now)


@router.get(
    "/v1/administrations/{administration_id}/records",
    operation_id="list_records",
)
async def records(
    administration_id: UUID,
    page: TextPairPageQuery,
    principal: Reader,
    context: InContext,
    resource: Annotated[ResourceName | None, Query()] = None,
) -> Page[Record]:
    """In order of resource and external id, deleted ones included."""
    after = page.after(str, str)
    await _must_be_here(context, principal, administration_id)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.views.records(administration_id, resource, after, page.fetch)
    return paginate(
        found,
        page,
        item=Record.model_validate,
        key=lambda record: (record.resource.value, record.external_id),
    )


@router.put(
    "/v1/administrations/{administration_id}/sync-policy",
    operation_id="put_sync_policy",
)
async def set_policy(
    administration_id: UUID, body: ChangePolicy, principal: Scheduler, context: InContext
) -> SyncPolicy:
    """Set when the administration synchronises by itself."""
    await _must_exist(context, principal, administration_id)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        policy = await change_policy(
            tx,
            context.gateway,
            administration_id,
            requester_of(principal),
            enabled=body.enabled,
            interval_minutes=body.interval_minutes,
            resources=body.resources,
        )
    return SyncPolicy(
        administration_id=administration_id,
        enabled=policy.enabled,
        interval_minutes=policy.interval_minutes,
        resources=None if policy.resources is None else sorted(policy.resources),
        next_due_at=policy.next_due_at if policy.enabled else None,
    )


async def _must_exist(context: Context, principal: Principal, administration_id: UUID) -> Administration:
    await await_administrations(context, principal, [administration_id])
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.administrations.get([administration_id])
    if not found:
        raise NotFound("administration", administration_id)
    return found[0]


async def _must_be_here(context: Context, principal: Principal, administration_id: UUID) -> None:
    """A removed administration's data is nobody's to read any more, as in every other service."""
    if (await _must_exist(context, principal, administration_id)).removed_reason is not None:
        raise NotFound("administration", administration_id)


def _status(found: SyncStatus, now: datetime) -> Status:
    return Status(
        last_synced_at=found.last_synced_at,
        last_duration_seconds=found.last_duration_seconds,
        last_outcome=found.last_outcome,
        next_due_at=found.next_due_at,
        running=None if found.open_run is None else _running(found.open_run, now),
        resources=[ResourceState.model_validate(resource) for resource in found.resources],
    )


def _running(run: Run, now: datetime) -> RunningSync:
    elapsed = 0.0 if run.started_at is None else (now.astimezone(UTC) - run.started_at).total_seconds()
    return RunningSync(
        run_id=run.run_id,
        state=run.state,
        percent=run.percent,
        eta_seconds=eta_seconds(run.percent, elapsed),
    )
