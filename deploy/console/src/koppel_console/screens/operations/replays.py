"""Replays: planned, then started by who may, followed to their result, and compared with their plan."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.form import Posted
from koppel_console.pages.screen import Part, Screen
from koppel_console.pages.visit import Visit, needed
from koppel_console.screens.operations.operator import SERVICES, Operator, Service, named, of_each
from koppel_console.screens.operations.overview import with_service
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
STATES = ("planning", "planned", "running", "paused", "cancelling", "finished", "cancelled", "stale")
ACTS: dict[str, tuple[str, ...]] = {
    "planning": ("cancel",),
    "planned": ("start", "cancel"),
    "running": ("pause", "cancel"),
    "paused": ("resume", "cancel"),
}
"""What can be done in each state."""
_IS_SO: dict[str, tuple[str, ...]] = {
    "start": (),
    "pause": ("replay_paused",),
    "resume": ("replay_running",),
    "cancel": ("replay_cancelled", "replay_cancelling"),
}
"""How the service refuses what is so already: a second click wanted that."""
Act = Literal["start", "pause", "resume", "cancel"]


@router.get("/ops/replays")
async def replays(visit: Operator, state: str = "", service: str = "", cursor: str = "") -> Response:
    """Newest first, of every service or of one, repairs of gaps included."""
    filters = {
        "state": state if state in STATES else "",
        "service": service if len(named(service)) == 1 else "",
    }
    asked = cursor if filters["service"] else ""
    panels = await of_each(
        visit, "/ops/v1/replays", named(service), state=filters["state"], cursor=asked, limit=50
    )
    rows = sorted(with_service(panels), key=lambda row: str(row.get("created_at")), reverse=True)
    return visit.page(
        "operations/replays.html",
        Words("Replays", "Replays"),
        command=line("replay list", **filters),
        panels=panels,
        rows=rows,
        filters=filters,
        states=STATES,
    )


@router.get("/ops/replays/{service}/{replay_id}")
async def replay(visit: Operator, service: Service, replay_id: UUID) -> Response:
    """One of them, under an address that stays: what was promised, what happened, what differs."""
    return await _page(visit, service, replay_id)


@router.post("/ops/replays/{service}/{replay_id}/{act}")
async def do(visit: Operator, form: Posted, service: Service, replay_id: UUID, act: Act) -> Response:
    """Start, pause, resume or cancel it; the service says who may."""
    reason = form.text("reason")
    body = {"reason": reason} if reason else {}
    outcome = await visit.calls.act("POST", service, f"/ops/v1/replays/{replay_id}/{act}", body)
    if outcome.problem is not None and outcome.problem.code not in _IS_SO[act]:
        return await _page(visit, service, replay_id, outcome.problem)
    return visit.go(f"/ops/replays/{service}/{replay_id}")


@router.get("/ops/replays/{service}/{replay_id}/verdicts")
async def verdicts(
    visit: Operator,
    service: Service,
    replay_id: UUID,
    at: Service,
    *,
    phase: Annotated[str, Query(max_length=20)] = "",
    cursor: str = "",
) -> Response:
    """What becomes of each event at one consumer, as ranges of versions."""
    filters = {"at": at, "phase": phase if phase in {"rehearsal", "run"} else ""}
    found = await visit.calls.read(
        at, f"/ops/v1/replays/{replay_id}/verdicts", phase=filters["phase"], cursor=cursor, limit=100
    )
    return visit.page(
        "operations/replay_verdicts.html",
        Words("Oordeel per event", "Verdict on each event"),
        command=line("replay verdicts", replay_id, phase=filters["phase"], service=at),
        service=service,
        replay_id=replay_id,
        found=found,
        filters=filters,
    )


async def _page(visit: Visit, service: Service, replay_id: UUID, problem: Problem | None = None) -> Response:
    one = needed(await visit.calls.read(service, f"/ops/v1/replays/{replay_id}"))
    session = visit.session
    acts = ACTS.get(str(one.get("state")), ())
    return visit.page(
        "operations/replay.html",
        Words("Replay", "Replay"),
        status=200 if problem is None else problem.page_status,
        command=line("replay status", replay_id, service=service),
        lines=[line(f"replay {act}", replay_id, service=service) for act in acts],
        service=service,
        services=SERVICES,
        one=one,
        acts=acts,
        may_act=bool(session and "replay" in session.rights),
        is_planner=bool(session and one.get("actor") == f"person:{session.subject}"),
        problem=problem,
    )
