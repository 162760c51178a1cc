"""Assignments of all offices, for operators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from assignment_svc.domain.assignment import AssignmentFilter
from assignment_svc.entrypoints.http.assignments import AssignmentResponse
from assignment_svc.entrypoints.http.context import InContext
from koppel.platform.http import PageQuery, paginate
from koppel.platform.http.lists import CountedPage, Search, WithTotal, searched
from koppel.platform.operations.across_organisations import Across, OfOrganisation

router = APIRouter(tags=["operations"])


class AssignmentOfOrganisation(AssignmentResponse, OfOrganisation):
    """Who and what an administration of an office is assigned to."""

    name: str | None = Field(description="What the administration is called; null: it is not known here.")


@router.get("/ops/v1/assignments", operation_id="list_assignments_of_all")
async def list_of_all(
    page: PageQuery,
    across: Across,
    context: InContext,
    *,
    user_id: Annotated[UUID | None, Query(description="Only those of this user; left out: of all.")] = None,
    q: Search = None,
    with_total: WithTotal = False,
) -> CountedPage[AssignmentOfOrganisation]:
    """List assignments of all offices. In order of their administrations; `q` searches names of administrations."""
    after, which = page.after(UUID), AssignmentFilter(user_id=user_id, text=searched(q))
    async with context.unit_of_work.begin(across.organisation_id) as tx:
        found = await tx.assignments.page(which, after and after[0], page.fetch)
        total = await tx.assignments.count(which) if with_total else None
        await across.note(tx.connection, page, found)
    listed = paginate(
        found,
        page,
        item=lambda each: AssignmentOfOrganisation(
            organisation_id=each.organisation_id,
            name=each.name,
            **dict(AssignmentResponse.of(each.assignment)),
        ),
        key=lambda each: (each.assignment.administration_id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)
