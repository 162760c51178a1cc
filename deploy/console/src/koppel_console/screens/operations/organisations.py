"""Kantoren: their names and how much they have."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.form import Posted
from koppel_console.pages.screen import Part, Screen
from koppel_console.pages.visit import Visit
from koppel_console.screens.operations.operator import Operator
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)


@router.get("/ops/organisations")
async def organisations(visit: Operator, q: str = "", cursor: str = "") -> Response:
    """By name or the beginning of an id."""
    return await _page(visit, q[:100], cursor)


@router.post("/ops/organisations/{organisation_id}")
async def name(visit: Operator, form: Posted, organisation_id: UUID) -> Response:
    """Give one a name."""
    said = form.text("name")
    path = f"/ops/v1/organisations/{organisation_id}"
    outcome = await visit.calls.act("PUT", "connection-svc", path, {"name": said})
    if outcome.problem is not None:
        return await _page(visit, str(organisation_id), "", outcome.problem, said)
    return visit.go(f"/ops/organisations?{visit.query(q=str(organisation_id))}")


async def _page(
    visit: Visit, q: str, cursor: str, problem: Problem | None = None, said: str = ""
) -> Response:
    found = await visit.calls.read(
        "connection-svc", "/ops/v1/organisations", q=q, sort="name", cursor=cursor, limit=50, total=True
    )
    return visit.page(
        "operations/organisations.html",
        Words("Kantoren", "Offices"),
        status=200 if problem is None else problem.page_status,
        command=line("organisations list", q=q, sort="name"),
        found=found,
        q=q,
        problem=problem,
        said=said,
    )
