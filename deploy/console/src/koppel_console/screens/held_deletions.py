"""Verwijderingen die wachten: too much vanished at once, so a person decides, with the evidence in sight."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.form import Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visit, Visitor
from koppel_console.screens.records import RESOURCES
from koppel_console.services.panel import Panel
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, menu=Words("Verwijderingen", "Deletions"), path="/held-deletions")
_ROWS = 25


@router.get("/held-deletions")
async def held_deletions(visit: Visitor, cursor: str = "") -> Response:
    """Those that wait for somebody."""
    return await _page(visit, cursor)


@router.post("/held-deletions/{held_id}/{verdict}")
async def decide(visit: Visitor, form: Posted, held_id: UUID, verdict: str) -> Response:
    """`release` deletes what is still absent; `reject` keeps it until it is seen again."""
    act = "release" if verdict == "release" else "reject"
    reason = form.text("reason")
    path = f"/v1/held-deletions/{held_id}/{act}"
    outcome = await visit.calls.act("POST", "sync-svc", path, {"reason": reason})
    if outcome.problem is not None:
        return await _page(visit, "", outcome.problem, {str(held_id): reason})
    return visit.go(f"/held-deletions?decided={act}")


async def _named(visit: Visit, administration_ids: set[str]) -> Panel:
    """Who decides has to know of which company."""
    if not administration_ids:
        return Panel(service="sync-svc")
    asked = ",".join(sorted(administration_ids))
    return await visit.calls.read("sync-svc", "/v1/sync-status", administration_ids=asked, limit=_ROWS)


async def _page(
    visit: Visit, cursor: str, problem: Problem | None = None, reasons: dict[str, str] | None = None
) -> Response:
    held = await visit.calls.read("sync-svc", "/v1/held-deletions", state="open", cursor=cursor, limit=_ROWS)
    named = await _named(visit, {str(each.get("administration_id")) for each in held})
    return visit.page(
        "held_deletions.html",
        Words("Verwijderingen die wachten", "Deletions that wait"),
        status=200 if problem is None else problem.page_status,
        command="koppel held-deletions list",
        held=held,
        names={each.get("administration_id"): each.get("name") for each in named},
        decided=visit.request.query_params.get("decided", ""),
        resources=RESOURCES,
        reasons=reasons or {},
        problem=problem,
    )
