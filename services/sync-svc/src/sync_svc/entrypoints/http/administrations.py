"""`/v1/administrations/{id}/…`: how an administration's data stands, and the data."""

from datetime import UTC, datetime
from math import ceil, floor
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, JsonValue

from koppel.contracts.pause import PauseScope, ResumesWhen
from koppel.contracts.values import ResourceName, SyncOutcome, WhoMustAct
from koppel.platform.http import Page, ResponseModel, TextPairPageQuery, paginate, problems
from sync_svc.application.change_policy import policy_of
from sync_svc.application.request_syncs import sweep_rhythm
from sync_svc.application.views import SyncStatus
from sync_svc.domain.freshness import Freshness, Unmet
from sync_svc.domain.pause import Pause
from sync_svc.domain.progress import Remaining, remaining
from sync_svc.domain.run import RunState
from sync_svc.entrypoints.http.context import AdministrationId, InContext, Reader, present_administration
from sync_svc.entrypoints.http.policies import SyncPolicy, shown_policy

router = APIRouter(tags=["administrations"])


class Eta(ResponseModel):
    """When a run will be done, by the last runs of this administration: four of five are done in between."""

    low_seconds: int = Field(description="Seconds from now, at the least.")
    high_seconds: int = Field(description="Seconds from now, at the most.")


class RunningSync(ResponseModel):
    """The run in work; `eta_seconds` and `eta` are null without finished runs of its mode and resources, and under a pause."""

    run_id: UUID = Field(description="The run.")
    state: RunState = Field(description="Whether it waits, works, or goes on later.")
    percent: int = Field(description="How much is done, 0 to 100.")
    eta_seconds: int | None = Field(
        description="Seconds until it will be done, the likeliest by the administration's runs before it; null: as `eta`."
    )
    eta: Eta | None = Field(
        description="Between when it will be done; null: a pause holds it, or the administration has no finished run of this mode"
        " and these resources."
    )


class ResourceState(ResponseModel):
    """When the resource was last read to its end, and how many records it holds."""

    resource: ResourceName = Field(description="The resource.")
    synced_at: datetime | None = Field(description="When it was last read to its end; null: never.")
    records: int = Field(description="How many records are kept, without deleted ones.")


class Paused(ResponseModel):
    """Why nothing (of a resource) is synchronised now, until the cause is gone."""

    cause: str = Field(description="The code of the failure that came again and again.")
    scope: PauseScope = Field(
        description="What the pause holds: a resource of the administration, the administration, all that is read with"
        " its login, or all of its provider."
    )
    resource: ResourceName | None = Field(description="The resource, where the pause is of one; else null.")
    since: datetime = Field(description="Since when.")
    who_must_act: WhoMustAct = Field(description="Who can end the cause.")
    act_by: datetime | None = Field(
        description="Until when acting keeps the login alive; null: no such moment is known."
    )
    resumes_when: ResumesWhen = Field(
        description="What ends it: somebody logs in again, one sync that is tried as a probe passes, or whichever comes first."
    )


def shown_pause(pause: Pause | None) -> Paused | None:
    """A pause as the API shows it."""
    if pause is None:
        return None
    _, _, resource = pause.subject.id.partition("/")
    return Paused(
        cause=pause.failure.code,
        scope=pause.subject.scope,
        resource=ResourceName(resource) if pause.subject.scope is PauseScope.RESOURCE else None,
        since=pause.since,
        who_must_act=pause.failure.who_must_act,
        act_by=pause.act_by,
        resumes_when=pause.resumes_when,
    )


class ShownFreshness(ResponseModel):
    """How old the data may get by the policy, and how old the oldest of it is."""

    objective_seconds: int = Field(description="How old it may get.")
    met: bool = Field(
        description="Whether it is as fresh as it is to be, and nothing of it is paused; true, too, of one that was"
        " imported no longer ago than the objective and that nothing was read of yet."
    )
    cause: Unmet | None = Field(
        description="Why not: a pause holds it or a resource of it, nothing was read to its end yet, or its oldest listing was"
        " read too long ago; null: it is met."
    )
    age_seconds: int | None = Field(
        description="Seconds since the listing that was read longest ago was read to its end; null: never."
    )


def shown_freshness(freshness: Freshness | None) -> ShownFreshness | None:
    """Freshness as the API shows it."""
    if freshness is None:
        return None
    return ShownFreshness(
        objective_seconds=freshness.objective_seconds,
        met=freshness.unmet is None,
        cause=freshness.unmet,
        age_seconds=freshness.age_seconds,
    )


class StatusWithoutResources(ResponseModel):
    """`last_synced_at` is of the last run that brought data, `last_outcome` of the last run at all."""

    last_synced_at: datetime | None = Field(
        description="When the last run that brought data ended; null: none did."
    )
    last_duration_seconds: float | None = Field(
        description="How many seconds that run took; null: there is none."
    )
    last_outcome: SyncOutcome | None = Field(description="How the last run ended; null: none has ended.")
    next_due_at: datetime | None = Field(
        description="When it is synchronised next, by its schedule or to be swept; null: not by itself."
    )
    running: RunningSync | None = Field(description="The run that waits or works; null: none.")
    paused: Paused | None = Field(
        description="The widest pause that holds it or a resource of it; null: none."
    )
    freshness: ShownFreshness | None = Field(
        description="How fresh its data is and is to be; null: it does not synchronise by itself."
    )


class Status(StatusWithoutResources):
    """The same with its policy and its resources."""

    policy: SyncPolicy = Field(description="When it synchronises by itself.")
    resources: list[ResourceState] = Field(description="How each resource stands.")


class Record(ResponseModel):
    """A synchronised object: canonical fields and the provider's own body."""

    resource: ResourceName = Field(description="What kind of object it is.")
    external_id: str = Field(description="Its id at the provider.")
    revision: int = Field(description="Rises by one with each change, from 1.")
    changed_at: datetime = Field(description="When the change was found.")
    deleted: bool = Field(description="Whether it is gone at the provider; `data` and `raw` are of before.")
    data: dict[str, JsonValue] = Field(description="Canonical fields, the same for every provider.")
    raw: dict[str, JsonValue] = Field(description="The object as the provider sent it.")


@router.get(
    "/v1/administrations/{administration_id}/sync-status",
    operation_id="get_sync_status",
    responses=problems(administration_not_found=404),
)
async def status(administration_id: AdministrationId, principal: Reader, context: InContext) -> Status:
    """Show how an administration's data stands."""
    administration = await present_administration(context, principal, administration_id)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found, now = await tx.views.status(administration_id), tx.now
        policy = await policy_of(tx, administration_id)
    return Status(
        **status_without_resources(found, now).model_dump(),
        policy=shown_policy(policy, sweep_rhythm(context.gateway, administration.provider, policy)),
        resources=[ResourceState.model_validate(resource) for resource in found.resources],
    )


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
    await present_administration(context, principal, administration_id)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.views.records(administration_id, resource, after, page.fetch)
    return paginate(
        found,
        page,
        item=Record.model_validate,
        key=lambda record: (record.resource.value, record.external_id),
    )


def status_without_resources(found: SyncStatus, now: datetime) -> StatusWithoutResources:
    """What the run's events and the schedule tell."""
    return StatusWithoutResources(
        last_synced_at=found.last_synced_at,
        last_duration_seconds=found.last_duration_seconds,
        last_outcome=found.last_outcome,
        next_due_at=found.next_due_at,
        running=_running(found, now),
        paused=shown_pause(found.paused),
        freshness=shown_freshness(found.freshness),
    )


def _running(found: SyncStatus, now: datetime) -> RunningSync | None:
    if (run := found.open_run) is None:
        return None
    elapsed = 0.0 if run.started_at is None else (now.astimezone(UTC) - run.started_at).total_seconds()
    left = remaining(found.lengths, run.percent, elapsed) if found.paused is None else None
    return RunningSync(
        run_id=run.run_id,
        state=run.state,
        percent=run.percent,
        eta_seconds=None if left is None else round(left.likely),
        eta=None if left is None else _eta(left),
    )


def _eta(left: Remaining) -> Eta:
    return Eta(low_seconds=floor(left.low), high_seconds=ceil(left.high))
