"""Synchroniseren: asking for it, and one run with its progress."""

from asyncio import gather
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.form import Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visitor, needed
from koppel_console.screens.records import RESOURCES
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
_MOST = 1000


@router.post("/syncs")
async def synchronise(visit: Visitor, form: Posted) -> Response:
    """Ask for a sync of those that are ticked; then to the run of a single one, else back to where it was asked."""
    ids = form.texts("administration_ids")[:_MOST]
    back = visit.parts.urls.own_path(form.text("to", 1000) or "/administrations")
    if not ids:
        return visit.go(back)
    body: dict[str, object] = {"administration_ids": ids}
    if form.text("mode") == "full":
        body["mode"] = "full"
    outcome = await visit.calls.act("POST", "sync-svc", "/v1/syncs", body, key=form.key())
    if outcome.problem is not None:
        title = Words("Synchroniseren is niet gelukt", "The sync was not taken")
        return visit.page(
            "not_there.html", title, status=outcome.problem.page_status, problem=outcome.problem, back=back
        )
    items = outcome.data.get("items") or []
    run = items[0].get("run_id") if len(items) == 1 else None
    return visit.go(f"/runs/{run}" if run else _with_notice(back))


def _with_notice(path: str) -> str:
    """The page it was asked from says that it was."""
    return path if "asked=1" in path else f"{path}{'&' if '?' in path else '?'}asked=1"


@router.get("/runs/{run_id}")
async def run(visit: Visitor, run_id: UUID) -> Response:
    """One run: what it does, what it waits for, what came of it."""
    found = needed(await visit.calls.read("sync-svc", f"/v1/sync-runs/{run_id}"))
    administration, asked_by = await gather(
        visit.calls.read("import-svc", f"/v1/administrations/{found.get('administration_id')}"),
        visit.calls.read_all("assignment-svc", "/v1/users"),
    )
    return visit.page(
        "run.html",
        Words("Synchronisatie", "Sync"),
        command=f"koppel runs show {run_id}",
        run=found,
        resources=RESOURCES,
        administration=administration,
        names={str(each.get("id")): each.get("name") for each in asked_by},
    )


@router.post("/runs/{run_id}/cancel")
async def cancel(visit: Visitor, form: Posted, run_id: UUID) -> Response:
    """Stops at the next page; one that ended already is what was wanted."""
    del form
    outcome = await visit.calls.act("POST", "sync-svc", f"/v1/sync-runs/{run_id}/cancel")
    if outcome.problem is not None and outcome.problem.code != "run_finished":
        title = Words("Stoppen is niet gelukt", "It could not be stopped")
        return visit.page(
            "not_there.html", title, status=outcome.problem.page_status, problem=outcome.problem
        )
    return visit.go(f"/runs/{run_id}")
