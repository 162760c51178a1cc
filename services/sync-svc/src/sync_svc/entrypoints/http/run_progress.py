"""`GET /v1/sync-runs/{id}/events`: a run's progress as server-sent events, until it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from koppel.kernel.errors import NotFound
from koppel.platform.http import problems
from sync_svc.domain.run import RunState
from sync_svc.entrypoints.http.context import Context, InContext, Reader
from sync_svc.entrypoints.http.runs import SyncRun, shown

router = APIRouter(tags=["sync runs"])

RunId = Annotated[UUID, Path(description="The sync run.")]

_LOOK_EVERY = 0.25
_COMMENT_EVERY = 60
"""Looks without news after which a comment keeps the connection open through proxies."""


@router.get(
    "/v1/sync-runs/{run_id}/events",
    operation_id="follow_sync_run",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **problems(sync_run_not_found=404)},
)
async def progress(run_id: RunId, principal: Reader, context: InContext) -> StreamingResponse:
    """Follow a sync run as server-sent events. Events `progress` and at last `finished`, each with the run as JSON."""
    if await _look(context, principal.organisation, run_id) is None:
        raise NotFound("sync_run", run_id)
    return StreamingResponse(
        _stream(context, principal.organisation, run_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


async def _stream(context: Context, organisation_id: UUID, run_id: UUID) -> AsyncIterator[str]:
    told, silent, stopping = "", 0, context.health.stopping
    while not stopping.is_set() and (run := await _look(context, organisation_id, run_id)) is not None:
        text, finished = run.model_dump_json(), run.state is RunState.FINISHED
        silent = 0 if text != told or silent >= _COMMENT_EVERY else silent + 1
        if text != told:
            told = text
            yield f"event: {'finished' if finished else 'progress'}\ndata: {text}\n\n"
        elif silent == 0:
            yield ": still there\n\n"
        if finished:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY):
                await stopping.wait()


async def _look(context: Context, organisation_id: UUID, run_id: UUID) -> SyncRun | None:
    async with context.unit_of_work.begin(organisation_id) as tx:
        view = await tx.views.run(run_id)
    return None if view is None else shown(view)
