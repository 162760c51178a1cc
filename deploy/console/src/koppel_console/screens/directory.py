"""Gebruikers, divisies and templates: what administrations are assigned to."""

from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.field_codes import wrong_with
from koppel_console.pages.form import Form, Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visit, Visitor
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, menu=Words("Gebruikers", "Users"), path="/users")
ROLES: dict[str, Words] = {
    "beheerder": Words("Beheerder", "Administrator"),
    "team_leader": Words("Teamleider", "Team leader"),
    "user_plus": Words("Gebruiker plus", "User plus"),
    "user": Words("Gebruiker", "User"),
    "document_reviewer": Words("Documentbeoordelaar", "Document reviewer"),
    "reviewer": Words("Beoordelaar", "Reviewer"),
    "portal_invoice_user": Words("Portaalgebruiker facturen", "Portal invoice user"),
    "submitter_plus": Words("Aanleveraar plus", "Submitter plus"),
    "submitter": Words("Aanleveraar", "Submitter"),
}
KINDS: dict[str, Words] = {
    "users": Words("Gebruikers", "Users"),
    "divisions": Words("Divisies", "Divisions"),
    "templates": Words("Templates", "Templates"),
}


def _register(kind: str) -> None:
    """List, add or change, and remove; the three differ in their fields only."""

    @router.get(f"/{kind}", name=kind)
    async def listed(visit: Visitor, edit: str = "") -> Response:
        return await _page(visit, kind, edit)

    @router.post(f"/{kind}", name=f"{kind}_put")
    async def put(visit: Visitor, form: Posted) -> Response:
        """The form brings the id that a new one gets, so that a second click makes no second one."""
        name = form.text("id", 60)
        known = name if _is_id(name) else str(uuid4())
        body = {"name": form.text("name")}
        if kind == "users":
            body |= {"email": form.text("email"), "role": form.text("role", 40)}
        outcome = await visit.calls.act("PUT", "assignment-svc", f"/v1/{kind}/{known}", body)
        if outcome.problem is not None:
            return await _page(visit, kind, known, form, outcome.problem)
        return visit.go(f"/{kind}")

    @router.post(f"/{kind}/{{entry_id}}/remove", name=f"{kind}_remove")
    async def remove(visit: Visitor, form: Posted, entry_id: UUID) -> Response:
        del form
        outcome = await visit.calls.act("DELETE", "assignment-svc", f"/v1/{kind}/{entry_id}")
        if outcome.problem is not None and not outcome.problem.is_not_found:
            return await _page(visit, kind, "", problem=outcome.problem)
        return visit.go(f"/{kind}")


for _kind in KINDS:
    _register(_kind)


async def _page(
    visit: Visit, kind: str, edit: str, form: Form | None = None, problem: Problem | None = None
) -> Response:
    entries = await visit.calls.read_all("assignment-svc", f"/v1/{kind}")
    chosen = next((each for each in entries if each.get("id") == edit), {})
    wrong = (
        {each.pointer.strip("/"): wrong_with(each, visit.language) for each in problem.errors}
        if problem
        else {}
    )
    return visit.page(
        "directory.html",
        KINDS[kind],
        status=200 if problem is None else problem.page_status,
        command=f"koppel {kind} list",
        kind=kind,
        kinds=KINDS,
        entries=entries,
        roles=ROLES,
        entry_id=edit if _is_id(edit) else str(uuid4()),
        is_new=not chosen,
        given={
            name: form.text(name) if form else chosen.get(name) or "" for name in ("name", "email", "role")
        },
        wrong=wrong,
        problem=problem,
    )


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
