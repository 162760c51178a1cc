"""What administrations are assigned to: of one, and of many in one call."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from assignment_svc.application.await_arrival import await_administrations
from assignment_svc.domain.assignment import Assignment, Rule
from assignment_svc.entrypoints.http.context import InContext, Reader
from koppel.kernel.errors import NotFound
from koppel.platform.http import SCATTERED, SEPARATED, Page, ResponseModel, problems

router = APIRouter(tags=["assignments"])

AdministrationId = Annotated[UUID, Path(description="The administration.")]

MOST_AT_ONCE = 200


AdministrationIds = Annotated[
    list[UUID],
    Field(min_length=1, max_length=MOST_AT_ONCE),
    SCATTERED,
    SEPARATED,
    Query(
        description="Up to 200 administrations, separated by commas, or fewer with the parameter again for each (a query holds 8 KiB)."
    ),
]


class AssignmentResponse(ResponseModel):
    """Who and what an administration is assigned to."""

    administration_id: UUID = Field(description="The administration.")
    division_id: UUID | None = Field(description="Its division; null: none.")
    template_id: UUID | None = Field(description="Its template; null: none.")
    user_ids: list[UUID] = Field(description="The users who work on it, in order of their ids.")
    rule: Rule = Field(
        description="Which rule made the assignment: the default one after the import, or a plan."
    )
    version: int = Field(
        description="Version of the assignment's stream of events: rises by one with each change."
    )

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
    responses=problems(administration_not_found=404),
)
async def get_assignment(
    administration_id: AdministrationId, principal: Reader, context: InContext
) -> AssignmentResponse:
    """Show who and what an administration is assigned to. Waits up to two seconds for one that was confirmed just now."""
    await await_administrations(
        context.unit_of_work, principal.organisation, [administration_id], context.patience
    )
    async with context.unit_of_work.begin(principal.organisation) as tx:
        assignment = await tx.assignments.get(administration_id)
    if assignment is None:
        raise NotFound("administration", administration_id)
    return AssignmentResponse.of(assignment)


@router.get("/v1/assignments", operation_id="list_assignments")
async def list_assignments(
    administration_ids: AdministrationIds, principal: Reader, context: InContext
) -> Page[AssignmentResponse]:
    """List who and what administrations are assigned to. In order of their ids, without those that are unknown; waits up to two
    seconds for what was confirmed just now."""
    await await_administrations(
        context.unit_of_work, principal.organisation, administration_ids, context.patience
    )
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.assignments.read(administration_ids)
    return Page(items=[AssignmentResponse.of(each) for each in found])
