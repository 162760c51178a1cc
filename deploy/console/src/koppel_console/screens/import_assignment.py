"""Toewijzen: what was imported to a division, users and a template; then the preview, which is applied and can be undone."""

from asyncio import gather
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.form import Form, Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visit, Visitor, needed
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
_ASSIGN = Words("Toewijzen", "Assign")
_TITLES = {
    "planned": Words("Preview van de toewijzing", "Preview of the assignment"),
    "applied": Words("Klaar", "Done"),
    "undone": Words("Ongedaan gemaakt", "Undone"),
}


@router.get("/imports/{session_id}/assign")
async def assign(visit: Visitor, session_id: UUID) -> Response:
    """All of the import: beheerders are ticked, the rest is optional."""
    return await _ask(visit, session_id)


@router.post("/imports/{session_id}/assign")
async def plan(visit: Visitor, form: Posted, session_id: UUID) -> Response:
    """A plan changes nothing yet: it is the preview."""
    wanted: dict[str, Any] = {}
    for name in ("division_id", "template_id"):
        if given := form.text(name, 60):
            wanted[name] = given
    users = form.texts("user_ids")[:1000]
    if users:
        wanted["users"] = {"mode": "replace", "ids": users}
    body = {"import_session_id": str(session_id), "set": wanted}
    outcome = await visit.calls.act("POST", "assignment-svc", "/v1/assignment-plans", body, key=form.key())
    if outcome.problem is not None:
        return await _ask(visit, session_id, form, outcome.problem)
    return visit.go(f"/plans/{outcome.data.get('id')}?{visit.query(session=str(session_id))}")


@router.get("/plans/{plan_id}")
async def preview(visit: Visitor, plan_id: UUID, session: str = "") -> Response:
    """What would change; once applied: what did, and that it can be undone."""
    return await _show(visit, plan_id, session)


@router.post("/plans/{plan_id}/apply")
async def apply(visit: Visitor, form: Posted, plan_id: UUID) -> Response:
    """All of it, or with `partial` what still holds."""
    body = {"partial": True} if form.text("partial") else None
    return await _carry_out(visit, form, plan_id, "apply", body)


@router.post("/plans/{plan_id}/undo")
async def undo(visit: Visitor, form: Posted, plan_id: UUID) -> Response:
    """As it was before."""
    return await _carry_out(visit, form, plan_id, "undo", None)


async def _carry_out(visit: Visit, form: Form, plan_id: UUID, verb: str, body: object) -> Response:
    session = form.text("session", 60)
    path = f"/v1/assignment-plans/{plan_id}/{verb}"
    outcome = await visit.calls.act("POST", "assignment-svc", path, body)
    if outcome.problem is not None:
        return await _show(visit, plan_id, session, outcome.problem)
    return visit.go(f"/plans/{plan_id}" + (f"?{visit.query(session=session)}" if session else ""))


async def _ask(
    visit: Visit, session_id: UUID, form: Form | None = None, problem: Problem | None = None
) -> Response:
    calls = visit.calls
    summary, users, divisions, templates = await gather(
        calls.read("import-svc", f"/v1/import-sessions/{session_id}/summary"),
        calls.read_all("assignment-svc", "/v1/users"),
        calls.read_all("assignment-svc", "/v1/divisions"),
        calls.read_all("assignment-svc", "/v1/templates"),
    )
    usual = {each.get("id") for each in users if each.get("role") == "beheerder"}
    return visit.page(
        "import_assign.html",
        _ASSIGN,
        status=200 if problem is None else problem.page_status,
        command=f"koppel import-sessions summary {session_id}",
        summary=needed(summary),
        session_id=session_id,
        users=users,
        divisions=divisions,
        templates=templates,
        ticked=set(form.texts("user_ids")) if form else usual,
        form=form or Form({}),
        problem=problem,
    )


async def _show(visit: Visit, plan_id: UUID, session: str, problem: Problem | None = None) -> Response:
    calls = visit.calls
    found, users, divisions, templates = await gather(
        calls.read("assignment-svc", f"/v1/assignment-plans/{plan_id}"),
        calls.read_all("assignment-svc", "/v1/users"),
        calls.read_all("assignment-svc", "/v1/divisions"),
        calls.read_all("assignment-svc", "/v1/templates"),
    )
    needed(found)
    import_session = session if _is_id(session) else ""
    summary = statuses = None
    if import_session:
        summary, statuses = await gather(
            calls.read("import-svc", f"/v1/import-sessions/{import_session}/summary"),
            calls.read(
                "sync-svc", "/v1/sync-status", import_session_id=import_session, limit=200, total=True
            ),
        )
    names = {each.get("id"): each.get("name") for panel in (users, divisions, templates) for each in panel}
    imported = summary.rows("administrations") if summary else []
    return visit.page(
        "plan.html",
        _TITLES.get(str(found.get("state")), _ASSIGN),
        status=200 if problem is None else problem.page_status,
        command=f"koppel assignments show {plan_id}",
        plan=found,
        session=import_session,
        summary=summary,
        statuses=statuses,
        names=names | {each.get("id"): each.get("name") for each in imported},
        problem=problem,
    )


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
