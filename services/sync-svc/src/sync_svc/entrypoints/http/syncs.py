"""`POST /v1/syncs`: synchronise now."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

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
from sync_svc.domain.request import Wanted
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
            return RequestedSyncs(items=[RequestedSync.model_validate(event) for event in events])

        return await idempotent(request, tx.connection, principal, body, run, status=202)
