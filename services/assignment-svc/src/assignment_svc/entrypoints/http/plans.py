"""`/v1/assignment-plans`: plan, preview, apply, undo."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from assignment_svc.application.apply_plan import apply_plan
from assignment_svc.application.await_arrival import await_administrations, await_session
from assignment_svc.application.make_plan import Chosen, Everything, OfImport, Target, make_plan
from assignment_svc.application.undo_plan import undo_plan
from assignment_svc.domain.plan import PlanState
from assignment_svc.entrypoints.http.context import Context, InContext, Manager, Reader
from assignment_svc.entrypoints.http.plan_requests import ApplyPlan, MakePlan
from assignment_svc.entrypoints.http.plan_responses import (
    CarriedOutResponse,
    ListedPlanResponse,
    PlanResponse,
)
from koppel.kernel.errors import NotFound
from koppel.platform.http import (
    HONOURS_IDEMPOTENCY_KEY,
    PageQuery,
    caller_of,
    idempotent,
    paginate,
    problems,
)
from koppel.platform.http.lists import CountedPage, WithTotal
from koppel.platform.telemetry import metrics

router = APIRouter(prefix="/v1/assignment-plans", tags=["assignment plans"])

PlanId = Annotated[UUID, Path(description="The assignment plan.")]


@router.post(
    "",
    operation_id="create_assignment_plan",
    status_code=201,
    response_model=PlanResponse,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
    responses=problems(
        plan_target_missing=422,
        plan_target_ambiguous=422,
        plan_set_empty=422,
        plan_too_large=422,
        administration_unknown=422,
        import_session_unknown=422,
        user_unknown=422,
        division_unknown=422,
        template_unknown=422,
    ),
)
async def post_plan(request: Request, body: MakePlan, principal: Manager, context: InContext) -> Response:
    """Plan a change of many assignments. Nothing changes yet. Waits up to two seconds for what was confirmed just now."""
    target, wanted = body.target(), body.wanted()
    await _arrival(context, principal.organisation, target)
    async with context.unit_of_work.begin(principal.organisation) as tx:

        async def run() -> PlanResponse:
            return PlanResponse.of(*await make_plan(tx, caller_of(principal), target, wanted))

        return await idempotent(request, tx.connection, principal, body, run)


@router.get("", operation_id="list_assignment_plans")
async def list_plans(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    state: Annotated[
        PlanState | None, Query(description="Only those in this state; left out: in any.")
    ] = None,
    with_total: WithTotal = False,
) -> CountedPage[ListedPlanResponse]:
    """List the organisation's assignment plans, newest first. Without their changes."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.plans.page(state, after and after[0], page.fetch)
        total = await tx.plans.count(state) if with_total else None
    listed = paginate(found, page, item=ListedPlanResponse.of, key=lambda each: (each.plan.id,))
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.get(
    "/{plan_id}", operation_id="get_assignment_plan", responses=problems(assignment_plan_not_found=404)
)
async def get_plan(plan_id: PlanId, principal: Reader, context: InContext) -> PlanResponse:
    """Show an assignment plan."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        plan = await tx.plans.get(plan_id)
        if plan is None:
            raise NotFound("assignment_plan", plan_id)
        return PlanResponse.of(plan, await tx.plans.items(plan_id))


@router.post(
    "/{plan_id}/apply",
    operation_id="apply_assignment_plan",
    responses=problems(assignment_plan_not_found=404, plan_stale=409, plan_undone=409),
)
async def post_apply(
    plan_id: PlanId, principal: Manager, context: InContext, body: ApplyPlan | None = None
) -> CarriedOutResponse:
    """Apply an assignment plan, all or nothing, or with `partial` what still holds. A second apply answers as the first."""
    partial = body is not None and body.partial
    async with context.unit_of_work.begin(principal.organisation) as tx:
        outcome = await apply_plan(tx, caller_of(principal), plan_id, partial=partial)
    metrics.count("koppel_assignments_changed_total", outcome.written, rule="plan")
    return CarriedOutResponse.of(outcome.plan, outcome.items)


@router.post(
    "/{plan_id}/undo",
    operation_id="undo_assignment_plan",
    responses=problems(assignment_plan_not_found=404, plan_stale=409, plan_not_applied=409),
)
async def post_undo(plan_id: PlanId, principal: Manager, context: InContext) -> CarriedOutResponse:
    """Undo an assignment plan. What it changed is as it was before; a second undo answers as the first."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        outcome = await undo_plan(tx, caller_of(principal), plan_id)
    metrics.count("koppel_assignments_changed_total", outcome.written, rule="undo")
    return CarriedOutResponse.of(outcome.plan, outcome.items)


async def _arrival(context: Context, organisation_id: UUID, target: Target) -> None:
    match target:
        case Chosen(ids):
            await await_administrations(context.unit_of_work, organisation_id, ids, context.patience)
        case OfImport(session_id):
            await await_session(context.unit_of_work, organisation_id, session_id, context.patience)
        case Everything():
            return
