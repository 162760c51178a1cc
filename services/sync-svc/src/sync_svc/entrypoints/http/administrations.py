"""`/v1/administrations/{id}/…`: how an administration's data stands, the data, and its schedule."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field, JsonValue

from koppel.contracts.values import ResourceName, SyncOutcome
from koppel.kernel.errors import NotFound
from koppel.platform.http import Page, RequestModel, ResponseModel, TextPairPageQuery, paginate, problems
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

AdministrationId = Annotated[UUID, Path(description="The administration.")]


class RunningSync(ResponseModel):
    """The run in work; `eta_seconds` is null while there is nothing to go by."""

    run_id: UUID = Field(description="The run.")
    state: RunState = Field(description="Whether it waits, works, or goes on later.")
    percent: int = Field(description="How much is done, 0 to 100.")
    eta_seconds: int | None = Field(
        description="Seconds until it will be done, estimated; null: nothing to go by yet."
    )


class ResourceState(ResponseModel):
    """When the resource was last read to its end, and how many records it holds."""

    resource: ResourceName = Field(description="The resource.")
    synced_at: datetime | None = Field(description="When it was last read to its end; null: never.")
    records: int = Field(description="How many records are kept, without deleted ones.")


class Status(ResponseModel):
    """`last_synced_at` is of the last run that brought data, `last_outcome` of the last run at all."""

    last_synced_at: datetime | None = Field(
        description="When the last run that brought data ended; null: none did."
    )
    last_duration_seconds: float | None = Field(
        description="How many seconds that run took; null: there is none."
    )
    last_outcome: SyncOutcome | None = Field(description="How the last run ended; null: none has ended.")
    next_due_at: datetime | None = Field(description="When the schedule asks next; null: it does not.")
    running: RunningSync | None = Field(description="The run that waits or works; null: none.")
    resources: list[ResourceState] = Field(description="How each resource stands.")


class Record(ResponseModel):
    """A synchronised object: canonical fields and the package's own body."""

    resource: ResourceName = Field(description="What kind of object it is.")
    external_id: str = Field(description="Its id at the package.")
    revision: int = Field(description="Rises by one with each change, from 1.")
    changed_at: datetime = Field(description="When the change was found.")
    deleted: bool = Field(description="Whether it is gone at the package; `data` and `raw` are of before.")
    data: dict[str, JsonValue] = Field(description="Canonical fields, the same for every package.")
    raw: dict[str, JsonValue] = Field(description="The object as the package sent it.")


class ChangePolicy(RequestModel):
    """The whole policy; `resources` null or left out means all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"enabled": True, "interval_minutes": 60, "resources": ["contact"]}]}
    )

    enabled: bool = Field(description="Whether it synchronises by itself.")
    interval_minutes: Annotated[int, Field(ge=SHORTEST_INTERVAL_MINUTES, le=LONGEST_INTERVAL_MINUTES)] = (
        Field(description="Minutes from one run to the next, 5 to 10,080 (7 days).")
    )
    resources: Annotated[list[ResourceName], Field(min_length=1)] | None = Field(
        default=None, description="What to synchronise; null or left out: all."
    )


class SyncPolicy(ResponseModel):
    """When the administration synchronises by itself; `next_due_at` is null while it does not."""

    administration_id: UUID = Field(description="The administration.")
    enabled: bool = Field(description="Whether it synchronises by itself.")
    interval_minutes: int = Field(description="Minutes from one run to the next.")
    resources: list[ResourceName] | None = Field(description="What is synchronised; null: all.")
    next_due_at: datetime | None = Field(description="When the schedule asks next; null: it does not.")


@router.get(
    "/v1/administrations/{administration_id}/sync-status",
    operation_id="get_sync_status",
    responses=problems(administration_not_found=404),
)
async def status(administration_id: AdministrationId, principal: Reader, context: InContext) -> Status:
    """Show how an administration's data stands."""
    await _must_be_here(context, principal, administration_id)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        return _status(await tx.views.status(administration_id), tx.now)


@router.get(
    "/v1/administrations/{administration_id}/records",
    operation_id="list_records",
    responses=problems(administration_not_found=404),
)
async def records(
    administration_id: AdministrationId,
    page: TextPairPageQuery,
    principal: Reader,
    context: InContext,
    resource: Annotated[
        ResourceName | None, Query(description="Only records of this kind; left out: of all.")
    ] = None,
) -> Page[Record]:
    """List the records of an administration. In order of resource and external id, deleted ones included."""
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
    responses=problems(
        administration_not_found=404,
        resource_not_offered=422,
        connection_revoked=409,
        administration_removed=409,
    ),
)
async def set_policy(
    administration_id: AdministrationId, body: ChangePolicy, principal: Scheduler, context: InContext
) -> SyncPolicy:
    """Set when an administration synchronises by itself. The whole policy is replaced."""
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
