"""How the data of many administrations stands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from koppel.platform.http import Page, PageQuery, paginate
from sync_svc.entrypoints.http.administrations import StatusWithoutResources, status_without_resources
from sync_svc.entrypoints.http.context import InContext, Reader

router = APIRouter(tags=["administrations"])


class ListedStatus(StatusWithoutResources):
    """How the data of one administration stands."""

    administration_id: UUID = Field(description="The administration.")


@router.get("/v1/sync-status", operation_id="list_sync_status")
async def list_statuses(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    import_session_id: Annotated[
        UUID | None, Query(description="Only administrations that this import brought; left out: all.")
    ] = None,
    paused: Annotated[
        bool | None, Query(description="Only those that a pause holds, or that none does; left out: all.")
    ] = None,
) -> Page[ListedStatus]:
    """List how the data of the organisation's administrations stands. In order of their ids, one that has just been imported
    as soon as its event is here."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.views.statuses(import_session_id, after and after[0], page.fetch, paused=paused)
        now = tx.now
    return paginate(
        found,
        page,
        item=lambda each: ListedStatus(
            administration_id=each[0], **status_without_resources(each[1], now).model_dump()
        ),
        key=lambda each: (each[0],),
    )
