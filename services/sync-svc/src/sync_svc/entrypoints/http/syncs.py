"""`POST /v1/syncs`: synchronise now."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import ResourceName, SyncMode
from koppel.platform.http import (
    HONOURS_IDEMPOTENCY_KEY,
    SCATTERED,
    RequestModel,
    ResponseModel,
    idempotent,
    problems,
)
from sync_svc.application.request_syncs import request_syncs
from sync_svc.domain.pause import Pause, holding
from sync_svc.domain.request import Wanted
from sync_svc.entrypoints.http.administrations import Paused, shown_pause
from sync_svc.entrypoints.http.context import InContext, Requester, await_administrations, requester_of

router = APIRouter(tags=["syncs"])


class RequestSyncs(RequestModel):
    """Which administrations, which resources (all when left out), and how thoroughly."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"administration_ids": ["0198c0de-0000-7000-8000-000000000008"], "mode": "full"}]
        }
    )

    administration_ids: Annotated[list[UUID], Field(min_length=1, max_length=1_000), SCATTERED] = Field(
        description="The administrations to synchronise, 1 to 1,000."
    )
    resources: Annotated[list[ResourceName], Field(min_length=1)] | None = Field(
        default=None, description="What to synchronise; null or left out: all."
    )
    mode: SyncMode = Field(
        default=SyncMode.INCREMENTAL,
        description="`full` reads everything and finds what was deleted; `incremental` reads what changed.",
    )


class RequestedSync(ResponseModel):
    """`GET /v1/sync-runs?sync_request_id=` finds the run that answers it."""

    administration_id: UUID = Field(description="The administration.")
    sync_request_id: UUID = Field(
        description="The request: `GET /v1/sync-runs?sync_request_id=` finds the run that answers it."
    )
    run_id: UUID | None = Field(
        description="The run that it joins as things stand; null: a new one is made. A hint: the truth is by request id."
    )
    joined: bool = Field(description="Whether a run that covers it is waiting or in work already.")
    waiting_for: Literal["pause"] | None = Field(
        description="`pause`: it waits until the pause ends; null: it waits for its turn only."
    )
    resume_at: datetime | None = Field(
        description="When it goes on at the earliest; null: nothing is paused, or somebody has to log in first."
    )
    paused: Paused | None = Field(description="The pause that it waits for; null: none.")


def _requested(event: SyncRequested, pause: Pause | None, run_id: UUID | None) -> RequestedSync:
    return RequestedSync(
        administration_id=event.administration_id,
        sync_request_id=event.sync_request_id,
        run_id=run_id,
        joined=run_id is not None,
        waiting_for=None if pause is None else "pause",
        resume_at=None if pause is None else pause.tried_again_at(person_waits=True),
        paused=shown_pause(pause),
    )


class RequestedSyncs(ResponseModel):
    """One item an administration."""

    items: list[RequestedSync] = Field(description="One request an administration, in the order given.")


@router.post(
    "/v1/syncs",
    operation_id="request_syncs",
    status_code=202,
    response_model=RequestedSyncs,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
    responses=problems(
        administration_unknown=422,
        resource_not_offered=422,
        connection_revoked=409,
        administration_removed=409,
    ),
)
async def request(request: Request, body: RequestSyncs, principal: Requester, context: InContext) -> Response:
    """Request a sync of each of these administrations. One that runs already is joined when it covers the request."""
    await await_administrations(context, principal, body.administration_ids)
    wanted = Wanted(body.mode, None if body.resources is None else frozenset(body.resources))
    async with context.unit_of_work.begin(principal.organisation) as tx:

        async def run() -> RequestedSyncs:
            events = await request_syncs(
                tx,
                context.gateway,
                body.administration_ids,
                wanted,
                requester_of(principal),
                named=body.resources or (),
            )
            pauses = await tx.pauses.of_administrations([event.administration_id for event in events])
            joined = await tx.runs.covering([event.administration_id for event in events], wanted)
            return RequestedSyncs(
                items=[
                    _requested(
                        event,
                        holding(pauses[event.administration_id], body.resources or ()),
                        joined.get(event.administration_id),
                    )
                    for event in events
                ]
            )

        return await idempotent(request, tx.connection, principal, body, run, status=202)
