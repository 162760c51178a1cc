"""Verwijderingen die wachten: too much vanished at once, so a person decides, with the evidence in sight."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.form import Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visit, Visitor
from koppel_console.screens.records import RESOURCES
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, menu=Words("Verwijderingen", "Deletions"), path="/held-deletions")


@router.get("/held-deletions")
async def held_deletions(visit: Visitor, cursor: str = "") -> Response:
    """Those that wait for somebody."""
    return await _page(visit, cursor)


@router.post("/held-deletions/{held_id}/{verdict}")
async def decide(visit: Visitor, form: Posted, held_id: UUID, verdict: str) -> Response:
    """`release` deletes what is still absent; `reject` keeps it until it is seen again."""
    act = "release" if verdict == "release" else "reject"
    reason = form.text("reason", 500)
    path = f"/v1/held-deletions/{held_id}/{act}"
    outcome = await visit.calls.act("POST", "sync-svc", path, {"reason": reason})
    if outcome.problem is not None:
        return await _page(visit, "", outcome.problem, {str(held_id): reason})
    return visit.go("/held-deletions")


async def _page(
    visit: Visit, cursor: str, problem: Problem | None = None, reasons: dict[str, str] | None = None
) -> Response:
    held = await visit.calls.read("sync-svc", "/v1/held-deletions", state="open", cursor=cursor, limit=25)
    return visit.page(
        "held_deletions.html",
        Words("Verwijderingen die wachten", "Deletions that wait"),
        status=200 if problem is None else problem.page_status,
        command="koppel held-deletions list",
        held=held,
        resources=RESOURCES,
        reasons=reasons or {},
        problem=problem,
    )
