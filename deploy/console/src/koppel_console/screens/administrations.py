"""Administraties: all of them with their last sync, and one with its runs, assignment and deletions that wait."""

import shlex
from asyncio import gather
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.form import Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.typed import digits, section
from koppel_console.pages.visit import Visit, Visitor, needed, unless_gone
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, menu=Words("Administraties", "Administrations"), path="/administrations")
_TITLE = Words("Administraties", "Administrations")
_ROWS = 50
OUTCOMES = ("changed", "unchanged", "partial", "failed", "cancelled", "abandoned")


@router.get("/administrations")
async def administrations(
    visit: Visitor, q: str = "", outcome: str = "", paused: str = "", cursor: str = ""
) -> Response:
    """Searched and filtered by the service: sync-svc, and import-svc's list of names while that is silent."""
    calls = visit.calls
    filters = {
        "q": q[:100],
        "outcome": outcome if outcome in OUTCOMES else "",
        "paused": "true" if paused else "",
    }
    found = await calls.read(
        "sync-svc", "/v1/sync-status", **filters, sort="name", cursor=cursor, limit=_ROWS, total=True
    )
    named = None
    if not found.is_there:
        named = await calls.read(
            "import-svc",
            "/v1/administrations",
            q=q[:100],
            state="active",
            sort="name",
            limit=_ROWS,
            total=True,
        )
    return visit.page(
        "administrations.html",
        _TITLE,
        command="koppel sync-status list" + _options(filters),
        administrations=found,
        named=named,
        filters=filters,
        outcomes=OUTCOMES,
    )


def _options(filters: dict[str, str]) -> str:
    """The filters as options of the command line."""
    given = [
        f" --{name} {shlex.quote(value)}" for name, value in filters.items() if value and name != "paused"
    ]
    return "".join(given) + (" --paused" if filters["paused"] else "")


@router.get("/administrations/{administration_id}")
async def administration(visit: Visitor, administration_id: UUID) -> Response:
    """One, from all four services."""
    return await show(visit, administration_id)


@router.post("/administrations/{administration_id}/profile")
async def change_profile(visit: Visitor, form: Posted, administration_id: UUID) -> Response:
    """What the person says goes before the register."""
    sector = section(form.text("sector", 60))
    body = {
        "kvk_number": digits(form.text("kvk_number")) or None,
        "no_kvk_reason": form.text("no_kvk_reason", 20) or None,
        "sector": {"sbi_version": "2025", "code": sector} if sector else None,
    }
    path = f"/v1/administrations/{administration_id}/profile"
    outcome = await visit.calls.act("PATCH", "import-svc", path, body)
    if outcome.problem is not None:
        return await show(visit, administration_id, outcome.problem)
    return visit.go(f"/administrations/{administration_id}")


@router.get("/administrations/{administration_id}/remove")
async def ask_to_remove(visit: Visitor, administration_id: UUID) -> Response:
    """What would go, before it goes."""
    one = needed(await visit.calls.read("import-svc", f"/v1/administrations/{administration_id}"))
    return visit.page(
        "administration_remove.html",
        Words("Administratie verwijderen", "Remove administration"),
        command=f"koppel administrations remove {administration_id}",
        administration=one,
    )


@router.post("/administrations/{administration_id}/remove")
async def remove(visit: Visitor, form: Posted, administration_id: UUID) -> Response:
    """Takes it out; its company may be imported again."""
    del form
    done = await visit.calls.act("DELETE", "import-svc", f"/v1/administrations/{administration_id}")
    if done.problem is not None and not done.problem.is_not_found:
        return await show(visit, administration_id, done.problem)
    return visit.go("/administrations")


async def show(visit: Visit, administration_id: UUID, problem: Problem | None = None) -> Response:
    """The page of one administration, with what an act led to."""
    calls, one = visit.calls, f"/v1/administrations/{administration_id}"
    found, status, runs, held, assignment, users, divisions, templates, sectors, packages = await gather(
        calls.read("import-svc", one),
        calls.read("sync-svc", f"{one}/sync-status"),
        calls.read(
            "sync-svc", "/v1/sync-runs", administration_id=str(administration_id), limit=10, total=True
        ),
        calls.read("sync-svc", "/v1/held-deletions", administration_id=str(administration_id), state="open"),
        calls.read("assignment-svc", f"{one}/assignment"),
        calls.read_all("assignment-svc", "/v1/users"),
        calls.read_all("assignment-svc", "/v1/divisions"),
        calls.read_all("assignment-svc", "/v1/templates"),
        calls.read("import-svc", "/v1/sectors", sbi_version="2025"),
        calls.read("connection-svc", "/v1/providers"),
    )
    unless_gone(found)
    names = {
        each.get("id"): each.get("name")
        for panel in (users, divisions, templates, packages)
        for each in panel
    }
    return visit.page(
        "administration.html",
        str(found.get("name") or visit.said(Words("Administratie", "Administration"))),
        status=200 if problem is None else problem.page_status,
        command=f"koppel administrations show {administration_id}",
        administration_id=administration_id,
        administration=found,
        status_panel=status,
        runs=runs,
        held=held,
        assignment=assignment,
        names=names,
        sectors={each.get("code"): each.get("name") for each in sectors},
        problem=problem,
    )
