"""How the data of many administrations stands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from koppel.contracts.values import SyncOutcome
from koppel.platform.http import PageQuery, paginate
from koppel.platform.http.lists import CountedPage, Search, WithTotal, searched
from sync_svc.application.views import StatusFilter, StatusOrder
from sync_svc.entrypoints.http.administrations import StatusWithoutResources, status_without_resources
from sync_svc.entrypoints.http.context import InContext, Reader

router = APIRouter(tags=["administrations"])


class ListedStatus(StatusWithoutResources):
    """How the data of one administration stands."""

    administration_id: UUID = Field(description="The administration.")
    name: str | None = Field(
        description="What the provider calls the company; null: it was imported before this was kept."
    )


@router.get("/v1/sync-status", operation_id="list_sync_status")
async def list_statuses(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    *,
    import_session_id: Annotated[
        UUID | None, Query(description="Only administrations that this import brought; left out: all.")
    ] = None,
    paused: Annotated[
        bool | None, Query(description="Only those that a pause holds, or that none does; left out: all.")
    ] = None,
    outcome: Annotated[
        SyncOutcome | None, Query(description="Only those whose last run ended so; left out: all.")
    ] = None,
    q: Search = None,
    sort: Annotated[
        StatusOrder | None,
        Query(
            description="The order of the list, with a minus the other way round; left out: that of the ids."
        ),
    ] = None,
    with_total: WithTotal = False,
) -> CountedPage[ListedStatus]:
    """List how the data of the organisation's administrations stands. One that has just been imported is among them as soon as
    its event is here; `q` searches names."""
    after = page.after(UUID)
    which = StatusFilter(import_session_id, paused, outcome, searched(q))
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.views.statuses(which, sort, after and after[0], page.fetch)
        total = await tx.views.status_count(which) if with_total else None
        now = tx.now
    listed = paginate(
        found,
        page,
        item=lambda each: ListedStatus(
            administration_id=each.administration_id,
            name=each.name,
            **status_without_resources(each.status, now).model_dump(),
        ),
        key=lambda each: (each.administration_id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)
