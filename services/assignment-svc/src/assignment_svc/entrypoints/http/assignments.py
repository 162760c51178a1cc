"""`/v1/administrations/{id}/assignment`."""

from typing import Self
from uuid import UUID

from fastapi import APIRouter

from assignment_svc.application.await_arrival import await_administrations
from assignment_svc.domain.assignment import Assignment, Rule
from assignment_svc.entrypoints.http.context import InContext, Reader
from koppel.kernel.errors import NotFound
from koppel.platform.http import ResponseModel

router = APIRouter(tags=["assignments"])


class AssignmentResponse(ResponseModel):
    administration_id: UUID
    division_id: UUID | None
    template_id: UUID | None
    user_ids: list[UUID]
    rule: Rule
    version: int

    @classmethod
    def of(cls, assignment: Assignment) -> Self:
        return cls(
            administration_id=assignment.administration_id,
            division_id=assignment.placement.division_id,
            template_id=assignment.placement.template_id,
            user_ids=list(assignment.placement.user_ids),
            rule=assignment.rule,
            version=assignment.version,
        )


@router.get(
    "/v1/administrations/{administration_id}/assignment",
    operation_id="get_assignment",
)
async def get_assignment(
    administration_id: UUID, principal: Reader, context: InContext
) -> AssignmentResponse:
    """Waits up to two seconds for an administration that was confirmed just now."""
    await await_administrations(
        context.unit_of_work, principal.organisation, [administration_id], context.patience
    )
    async with context.unit_of_work.begin(principal.organisation) as tx:
        assignment = await tx.assignments.get(administration_id)
    if assignment is None:
        raise NotFound("administration", administration_id)
    return AssignmentResponse.of(assignment)
