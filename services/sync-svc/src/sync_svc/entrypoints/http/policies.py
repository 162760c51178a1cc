"""`/v1/administrations/{id}/sync-policy`: when an administration synchronises by itself."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field, JsonValue, model_validator

from koppel.contracts.values import ResourceName
from koppel.platform.http import RequestModel, ResponseModel, problems
from sync_svc.application.change_policy import change_policy, policy_of
from sync_svc.application.request_syncs import sweep_rhythm
from sync_svc.domain.freshness import LONGEST_OBJECTIVE_MINUTES, SHORTEST_OBJECTIVE_MINUTES
from sync_svc.domain.policy import Policy, SweepRhythm
from sync_svc.domain.schedule import (
    LONGEST_CRON,
    LONGEST_INTERVAL_MINUTES,
    SHORTEST_INTERVAL_MINUTES,
    Cron,
    Every,
    Preset,
    Schedule,
)
from sync_svc.entrypoints.http.context import (
    AdministrationId,
    InContext,
    Reader,
    Scheduler,
    existing_administration,
    present_administration,
    requester_of,
)

router = APIRouter(tags=["administrations"])

_TYPES: dict[str, JsonValue] = {"interval_minutes": "integer", "preset": "string", "cron": "string"}
_ONE_OF: list[JsonValue] = [
    {
        "required": [given],
        "properties": {name: {"type": kind if name == given else "null"} for name, kind in _TYPES.items()},
    }
    for given in _TYPES
]


class ChangePolicy(RequestModel):
    """The whole policy, with one of `interval_minutes`, `preset` and `cron`; `resources` null or left out means all."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": _ONE_OF,
            "examples": [
                {"enabled": True, "interval_minutes": 60, "resources": ["contact"]},
                {"enabled": True, "cron": "0 6 * * 1-5", "sweep": "weekly"},
            ],
        }
    )

    enabled: bool = Field(description="Whether it synchronises by itself.")
    interval_minutes: (
        Annotated[int, Field(ge=SHORTEST_INTERVAL_MINUTES, le=LONGEST_INTERVAL_MINUTES)] | None
    ) = Field(default=None, description="Minutes from one run to the next, 5 to 10,080 (7 days).")
    preset: Preset | None = Field(
        default=None, description="A schedule by name; each administration has a phase of its own in it."
    )
    cron: Annotated[str, Field(min_length=1, max_length=LONGEST_CRON)] | None = Field(
        default=None,
        description="Five fields as in crontab, by Amsterdam's clock, at least five minutes apart; "
        "due within the five minutes after.",
    )
    resources: Annotated[list[ResourceName], Field(min_length=1)] | None = Field(
        default=None, description="What to synchronise; null or left out: all."
    )

    sweep: SweepRhythm | None = Field(
        default=None,
        description="How often everything is read whole, which finds what was deleted at the provider: with the schedule, or at a "
        "time of its own where that comes less often; null or left out: weekly, and never where the provider tells deletions.",
    )
    freshness_minutes: (
        Annotated[int, Field(ge=SHORTEST_OBJECTIVE_MINUTES, le=LONGEST_OBJECTIVE_MINUTES)] | None
    ) = Field(
        default=None,
        description="How old the data may get, 5 to 129,600 minutes (90 days); null or left out: twice the schedule's longest gap "
        "in 14 days.",
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> "ChangePolicy":
        if [self.interval_minutes, self.preset, self.cron].count(None) != len(_TYPES) - 1:
            raise ValueError("give one of interval_minutes, preset and cron")
        return self

    @property
    def schedule(self) -> Schedule:
        if self.preset is not None:
            return self.preset
        return (
            Cron(" ".join(self.cron.split())) if self.cron is not None else Every(self.interval_minutes or 0)
        )


class SyncPolicy(ResponseModel):
    """When the administration synchronises by itself; `next_due_at` is null while it does not."""

    administration_id: UUID = Field(description="The administration.")
    enabled: bool = Field(description="Whether it synchronises by itself.")
    interval_minutes: int | None = Field(
        description="Minutes from one run to the next; null: by preset or cron."
    )
    preset: Preset | None = Field(description="The schedule's name; null: by interval or cron.")
    cron: str | None = Field(description="Five fields, by Amsterdam's clock; null: by interval or preset.")
    resources: list[ResourceName] | None = Field(description="What is synchronised; null: all.")
    sweep: SweepRhythm = Field(description="How often everything is read whole.")
    freshness_minutes: int | None = Field(
        description="How old the data may get; null: twice the schedule's longest gap in 14 days."
    )
    next_due_at: datetime | None = Field(
        description="When it is synchronised next, by its schedule or to be swept; null: not by itself."
    )
    next_sweep_at: datetime | None = Field(
        description="From when on everything is read whole, at the schedule's next time; where that is further away than a period "
        "of `sweep`, at this time. Null: never, or a new administration was not due yet, which it is within an hour."
    )


@router.get(
    "/v1/administrations/{administration_id}/sync-policy",
    operation_id="get_sync_policy",
    responses=problems(administration_not_found=404),
)
async def policy(administration_id: AdministrationId, principal: Reader, context: InContext) -> SyncPolicy:
    """Show when an administration synchronises by itself."""
    administration = await present_administration(context, principal, administration_id)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await policy_of(tx, administration_id)
    return shown_policy(found, sweep_rhythm(context.gateway, administration.provider, found))


@router.put(
    "/v1/administrations/{administration_id}/sync-policy",
    operation_id="put_sync_policy",
    responses=problems(
        administration_not_found=404,
        cron_invalid=422,
        resource_not_offered=422,
        sweep_required=422,
        connection_revoked=409,
        administration_removed=409,
    ),
)
async def set_policy(
    administration_id: AdministrationId, body: ChangePolicy, principal: Scheduler, context: InContext
) -> SyncPolicy:
    """Set when an administration synchronises by itself. The whole policy is replaced."""
    administration = await existing_administration(context, principal, administration_id)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        changed = await change_policy(
            tx,
            context.gateway,
            administration_id,
            requester_of(principal),
            enabled=body.enabled,
            schedule=body.schedule,
            resources=body.resources,
            sweep=body.sweep,
            freshness_minutes=body.freshness_minutes,
        )
    return shown_policy(changed, sweep_rhythm(context.gateway, administration.provider, changed))


def shown_policy(policy: Policy, sweep: SweepRhythm) -> SyncPolicy:
    """A policy as the API shows it."""
    schedule = policy.schedule
    return SyncPolicy(
        administration_id=policy.administration_id,
        enabled=policy.enabled,
        interval_minutes=schedule.minutes if isinstance(schedule, Every) else None,
        preset=schedule if isinstance(schedule, Preset) else None,
        cron=schedule.expression if isinstance(schedule, Cron) else None,
        resources=None if policy.resources is None else sorted(policy.resources),
        sweep=sweep,
        freshness_minutes=policy.freshness_minutes,
        next_due_at=policy.next_due_at if policy.enabled else None,
        next_sweep_at=policy.next_sweep_at if policy.enabled else None,
    )
