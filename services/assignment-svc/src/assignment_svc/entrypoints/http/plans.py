"""`/v1/assignment-plans`: plan, preview, apply, undo."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from assignment_svc.application.apply_plan import apply_plan
from assignment_svc.application.await_arrival import Patience, await_administrations, await_session
from assignment_svc.application.make_plan import Chosen, Everything, OfImport, Target, make_plan
from assignment_svc.application.ports import UnitOfWork
from assignment_svc.application.undo_plan import undo_plan
from assignment_svc.entrypoints.http.plan_requests import MakePlan
from assignment_svc.entrypoints.http.plan_responses import CarriedOutResponse, PlanResponse
from assignment_svc.entrypoints.http.ports import Manager, Reader, Waiting, Work, caller
from koppel.kernel.errors import NotFound
from koppel.platform.http import idempotent
from koppel.platform.telemetry import metrics

router = APIRouter(prefix="/v1/assignment-plans", tags=["assignment plans"])


@router.post("", operation_id="create_assignment_plan", status_code=201, response_model=PlanResponse)
async def post_plan(
    request: Request, body: MakePlan, principal: Manager, work: Work, waiting: Waiting
) -> Response:
    """Compute and keep a plan; nothing changes. Waits up to two seconds for what was confirmed just now."""
    target, wanted = body.target(), body.wanted()
    await _arrival(work, principal.organisation, target, waiting)
    async with work.begin(principal.organisation) as tx:

        async def run() -> PlanResponse:
            return PlanResponse.of(*await make_plan(tx, caller(principal), target, wanted))

        return await idempotent(request, tx.connection, principal, body, run)


@router.get("/{plan_id}", operation_id="get_assignment_plan")
async def get_plan(plan_id: UUID, principal: Reader, work: Work) -> PlanResponse:
    async with work.begin(principal.organisation) as tx:
        plan = await tx.plans.get(principal.organisation, plan_id)
        if plan is None:
            raise NotFound("assignment_plan", plan_id)
        return PlanResponse.of(plan, await tx.plans.items(principal.organisation, plan_id))


@router.post("/{plan_id}/apply", operation_id="apply_assignment_plan")
async def post_apply(plan_id: UUID, principal: Manager, work: Work) -> CarriedOutResponse:
    """All or nothing; a second apply answers as the first."""
    async with work.begin(principal.organisation) as tx:
        outcome = await apply_plan(tx, caller(principal), plan_id)
    metrics.count("koppel_assignments_changed_total", outcome.written, rule="plan")
    return CarriedOutResponse.of(outcome.plan, outcome.items)


@router.post("/{plan_id}/undo", operation_id="undo_assignment_plan")
async def post_undo(plan_id: UUID, principal: Manager, work: Work) -> CarriedOutResponse:
    """What the plan changed is as it was before; a second undo answers as the first."""
    async with work.begin(principal.organisation) as tx:
        outcome = await undo_plan(tx, caller(principal), plan_id)
    metrics.count("koppel_assignments_changed_total", outcome.written, rule="undo")
    return CarriedOutResponse.of(outcome.plan, outcome.items)


async def _arrival(work: UnitOfWork, organisation_id: UUID, target: Target, patience: Patience) -> None:
    match target:
        case Chosen(ids):
            await await_administrations(work, organisation_id, ids, patience)
        case OfImport(session_id):
            await await_session(work, organisation_id, session_id, patience)
        case Everything():
            return
