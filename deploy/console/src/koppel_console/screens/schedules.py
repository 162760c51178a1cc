"""Schema of an administration: how often it is synchronised, and how often read whole."""

from asyncio import gather
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.form import Form, Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visit, Visitor, needed, unless_gone
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
PRESETS: dict[str, Words] = {
    "every_15_minutes": Words("elk kwartier", "every 15 minutes"),
    "hourly": Words("elk uur", "hourly"),
    "every_4_hours": Words("elke 4 uur", "every 4 hours"),
    "daily": Words("elke dag", "daily"),
    "weekly": Words("elke week", "weekly"),
    "monthly": Words("elke maand", "monthly"),
}


@router.get("/administrations/{administration_id}/schedule")
async def schedule(visit: Visitor, administration_id: UUID) -> Response:
    """The policy as it is."""
    return await _page(visit, administration_id)


@router.post("/administrations/{administration_id}/schedule")
async def change(visit: Visitor, form: Posted, administration_id: UUID) -> Response:
    """The whole policy anew; its resources stay as they are."""
    path = f"/v1/administrations/{administration_id}/sync-policy"
    policy = needed(await visit.calls.read("sync-svc", path))
    body: dict[str, object] = {
        "enabled": bool(form.text("enabled")),
        "resources": policy.get("resources"),
        "sweep": form.text("sweep", 30) or policy.get("sweep"),
        "freshness_minutes": policy.get("freshness_minutes"),
    }
    rhythm = form.text("rhythm", 30)
    if rhythm == "cron":
        body["cron"] = form.text("cron", 100)
    elif rhythm == "interval":
        body["interval_minutes"] = form.number("interval_minutes")
    else:
        body["preset"] = rhythm
    outcome = await visit.calls.act("PUT", "sync-svc", path, body)
    if outcome.problem is not None:
        return await _page(visit, administration_id, form, outcome.problem)
    return visit.go(f"/administrations/{administration_id}")


async def _page(
    visit: Visit, administration_id: UUID, form: Form | None = None, problem: Problem | None = None
) -> Response:
    one = f"/v1/administrations/{administration_id}"
    policy, administration = await gather(
        visit.calls.read("sync-svc", f"{one}/sync-policy"), visit.calls.read("import-svc", one)
    )
    return visit.page(
        "schedule.html",
        Words("Schema", "Schedule"),
        status=200 if problem is None else problem.page_status,
        command=f"koppel policies get {administration_id}",
        administration_id=administration_id,
        administration=unless_gone(administration),
        policy=needed(policy),
        presets=PRESETS,
        form=form,
        problem=problem,
    )
