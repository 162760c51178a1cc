"""How plans look from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from assignment_svc.domain.plan import (
    Conflicting,
    ListedPlan,
    Plan,
    PlanItem,
    PlanState,
    differences,
    summarise,
)
from koppel.contracts.values import ACTOR
from koppel.platform.http import ResponseModel


class SummaryResponse(ResponseModel):
    """Counts of administrations; `users_added` and `users_removed` count pairs of user and administration."""

    administrations: int = Field(description="How many the plan is about.")
    changed: int = Field(description="How many would change, or have.")
    unchanged: int = Field(description="How many are as wanted already.")
    divisions_changed: int = Field(description="How many get another division, or none.")
    templates_changed: int = Field(description="How many get another template, or none.")
    users_added: int = Field(description="Pairs of a user and an administration that come.")
    users_removed: int = Field(description="Pairs of a user and an administration that go.")


class ChangeResponse(ResponseModel):
    """One field of one administration; ids, or null for none."""

    administration_id: UUID = Field(description="The administration that changes.")
    field: Literal["division_id", "template_id", "user_ids"] = Field(
        description="Which field of its assignment changes."
    )
    before: UUID | list[UUID] | None = Field(
        serialization_alias="from", description="The id or ids before; null: none."
    )
    after: UUID | list[UUID] | None = Field(
        serialization_alias="to", description="The id or ids after; null: none."
    )


class ResultResponse(ResponseModel):
    """What the last act did to one administration."""

    administration_id: UUID = Field(description="The administration.")
    outcome: Literal["changed", "unchanged", "applied", "conflict"] = Field(
        description="Whether the act changed its assignment; of a plan that was applied with `partial`: "
        "`applied` (it is as planned) or `conflict` (it was left as it is)."
    )
    why: Conflicting | None = Field(
        default=None,
        exclude_if=lambda why: why is None,
        description="Why it was left; left out or null: it was not.",
    )
    version: int | None = Field(
        description="Version of the assignment's stream after the act; null where it was left."
    )

    @classmethod
    def of(cls, plan: Plan, item: PlanItem) -> Self:
        undone = plan.state is PlanState.UNDONE
        version = item.undone_version if undone else item.applied_version
        outcome: Literal["changed", "unchanged", "applied"] = "unchanged" if version is None else "changed"
        if plan.partial and not undone:
            outcome = "applied"
        left = item.conflict is not None
        return cls(
            administration_id=item.administration_id,
            outcome="conflict" if left else outcome,
            why=item.conflict,
            version=None if left else item.before.version if version is None else version,
        )


class CarriedOutResponse(ResponseModel):
    """The answer to apply and undo."""

    id: UUID = Field(description="The plan.")
    state: PlanState = Field(description="What the plan is now.")
    results: list[ResultResponse] = Field(
        description="What became of each administration, in order of their ids."
    )

    @classmethod
    def of(cls, plan: Plan, items: Sequence[PlanItem]) -> Self:
        return cls(id=plan.id, state=plan.state, results=results(plan, items))


class _Told(ResponseModel):
    """Who planned it, and what became of it."""

    id: UUID = Field(description="The plan.")
    state: PlanState = Field(
        description="`planned`: nothing has changed; `applied`; `undone`: all is as before."
    )
    created_by: str = Field(description=f"Who planned it. {ACTOR}")
    created_at: datetime = Field(description="When it was planned.")
    applied_at: datetime | None = Field(description="When it was applied; null: never.")
    undone_at: datetime | None = Field(description="When it was undone; null: never.")


class ListedPlanResponse(_Told):
    """A plan without its changes."""

    administrations: int = Field(description="How many the plan is about.")
    changed: int = Field(description="How many would change, or have.")

    @classmethod
    def of(cls, listed: ListedPlan) -> Self:
        plan = listed.plan
        return cls(
            id=plan.id,
            state=plan.state,
            created_by=plan.created_by,
            created_at=plan.created_at,
            applied_at=plan.applied_at,
            undone_at=plan.undone_at,
            administrations=listed.administrations,
            changed=listed.changed,
        )


class PlanResponse(_Told):
    """A plan whole; `results` once it was applied."""

    summary: SummaryResponse = Field(description="How much it changes.")
    changes: list[ChangeResponse] = Field(description="Every change, by administration.")
    results: list[ResultResponse] | None = Field(
        description="What the last act did; null until the plan is applied."
    )

    @classmethod
    def of(cls, plan: Plan, items: Sequence[PlanItem]) -> Self:
        return cls(
            id=plan.id,
            state=plan.state,
            created_by=plan.created_by,
            created_at=plan.created_at,
            applied_at=plan.applied_at,
            undone_at=plan.undone_at,
            summary=SummaryResponse.model_validate(summarise(items)),
            changes=changes(items),
            results=None if plan.state is PlanState.PLANNED else results(plan, items),
        )


def changes(items: Sequence[PlanItem]) -> list[ChangeResponse]:
    return [
        ChangeResponse(
            administration_id=item.administration_id,
            field=difference.field,
            before=_plain(difference.before),
            after=_plain(difference.after),
        )
        for item in items
        for difference in differences(item)
    ]


def results(plan: Plan, items: Sequence[PlanItem]) -> list[ResultResponse]:
    """The versions that the last act gave; an unchanged administration keeps the plan's."""
    return [ResultResponse.of(plan, item) for item in items]


def _plain(value: UUID | tuple[UUID, ...] | None) -> UUID | list[UUID] | None:
    return list(value) if isinstance(value, tuple) else value
