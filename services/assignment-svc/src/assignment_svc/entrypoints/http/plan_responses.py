"""How plans look from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from assignment_svc.domain.plan import Plan, PlanItem, PlanState, differences, summarise
from koppel.platform.http import ResponseModel


class SummaryResponse(ResponseModel):
    """Counts of administrations; `users_added` and `users_removed` count pairs of user and administration."""

    administrations: int
    changed: int
    unchanged: int
    divisions_changed: int
    templates_changed: int
    users_added: int
    users_removed: int


class ChangeResponse(ResponseModel):
    """One field of one administration; ids, or null for none."""

    administration_id: UUID
    field: str
    before: UUID | list[UUID] | None = Field(serialization_alias="from")
    after: UUID | list[UUID] | None = Field(serialization_alias="to")


class ResultResponse(ResponseModel):
    """What the last act did to one administration."""

    administration_id: UUID
    outcome: Literal["changed", "unchanged"]
    version: int


class CarriedOutResponse(ResponseModel):
    """The answer to apply and undo."""

    id: UUID
    state: PlanState
    results: list[ResultResponse]

    @classmethod
    def of(cls, plan: Plan, items: Sequence[PlanItem]) -> Self:
        return cls(id=plan.id, state=plan.state, results=results(plan, items))


class PlanResponse(ResponseModel):
    """A plan whole; `results` once it was applied."""

    id: UUID
    state: PlanState
    created_by: str
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    summary: SummaryResponse
    changes: list[ChangeResponse]
    results: list[ResultResponse] | None

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
    undone = plan.state is PlanState.UNDONE
    answers = []
    for item in items:
        version = item.undone_version if undone else item.applied_version
        answers.append(
            ResultResponse(
                administration_id=item.administration_id,
                outcome="unchanged" if version is None else "changed",
                version=item.before.version if version is None else version,
            )
        )
    return answers


def _plain(value: UUID | tuple[UUID, ...] | None) -> UUID | list[UUID] | None:
    return list(value) if isinstance(value, tuple) else value
