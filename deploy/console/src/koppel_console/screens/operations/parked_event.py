"""One parked event: why it waits, each attempt, what it holds with the right for it; tried again or given up."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.form import Form, Posted
from koppel_console.pages.screen import Part, Screen
from koppel_console.pages.visit import Visit, needed
from koppel_console.screens.operations.dry_run import DryRun, dry_run
from koppel_console.screens.operations.operator import Operator, Service
from koppel_console.screens.operations.parked_causes import release_of
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)


@router.get("/ops/parked/{service}/{parked_id}")
async def event(visit: Operator, service: Service, parked_id: UUID, payload: str = "") -> Response:
    """Everything about it; what it holds only when asked for, since that is noted in the audit trail."""
    return await _page(visit, service, parked_id, payload=bool(payload) and "payload" in _rights(visit))


@router.post("/ops/parked/{service}/{parked_id}/dry-run")
async def try_out(visit: Operator, form: Posted, service: Service, parked_id: UUID) -> Response:
    """What would become of it now; nothing is changed."""
    del form
    found, problem = await dry_run(visit, service, {"ids": [str(parked_id)]})
    return await _page(visit, service, parked_id, found=found, problem=problem)


@router.post("/ops/parked/{service}/{parked_id}/retry")
async def retry(visit: Operator, form: Posted, service: Service, parked_id: UUID) -> Response:
    """Try it again, as an act with a page of its own."""
    body = {"ids": [str(parked_id)], "reason": form.text("reason")}
    outcome = await visit.calls.act("POST", service, "/ops/v1/parked/retry", body, key=form.key())
    if outcome.problem is not None:
        return await _page(visit, service, parked_id, problem=outcome.problem, form=form)
    return visit.go(f"/ops/releases/{service}/{release_of(outcome.data)}")


@router.post("/ops/parked/{service}/{parked_id}/discard")
async def discard(visit: Operator, form: Posted, service: Service, parked_id: UUID) -> Response:
    """Give it up for good: first what that would do, then, when it was seen, for real."""
    sure = form.text("sure", 4) == "yes"
    body = {
        "reason": form.text("reason"),
        "dry_run": not sure,
        "event_only": bool(form.text("event_only", 4)),
    }
    path = f"/ops/v1/parked/{parked_id}/discard"
    outcome = await visit.calls.act("POST", service, path, body)
    if outcome.problem is not None:
        return await _page(visit, service, parked_id, problem=outcome.problem, form=form)
    if not sure:
        return await _page(visit, service, parked_id, would=outcome.data, form=form)
    return visit.page(
        "operations/discarded.html",
        Words("Opgegeven", "Given up"),
        command=line("audit", target=parked_id),
        service=service,
        done=outcome.data,
    )


def _rights(visit: Visit) -> tuple[str, ...]:
    return visit.session.rights if visit.session else ()


async def _page(
    visit: Visit,
    service: Service,
    parked_id: UUID,
    *,
    payload: bool = False,
    found: DryRun | None = None,
    problem: Problem | None = None,
    would: Any = None,
    form: Form | None = None,
) -> Response:
    one = needed(await visit.calls.read(service, f"/ops/v1/parked/{parked_id}", payload=payload))
    reason = form.text("reason") if form else ""
    command = line("parked show", parked_id, payload=payload, service=service)
    if found is not None:
        command = line("parked check", parked_id, service=service)
    if would is not None:
        command = line("parked discard", parked_id, dry_run=True, reason=reason, service=service)
    return visit.page(
        "operations/parked_event.html",
        Words("Geparkeerd event", "Parked event"),
        status=200 if problem is None else problem.page_status,
        command=command,
        retry_line=line("parked retry", parked_id, reason=reason or "…", service=service),
        discard_line=line("parked discard", parked_id, yes=True, reason=reason or "…", service=service),
        service=service,
        one=one,
        may_see=("payload" in _rights(visit)),
        payload=payload,
        found=found,
        would=would,
        problem=problem,
        reason=reason,
        event_only=bool(form and form.text("event_only", 4)),
    )
