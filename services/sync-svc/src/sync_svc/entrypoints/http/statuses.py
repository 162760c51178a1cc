"""How the data of many administrations stands."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from koppel.contracts.values import SyncOutcome
from koppel.platform.http import SCATTERED, SEPARATED, PageQuery, paginate
from koppel.platform.http.lists import CountedPage, Search, WithTotal, searched
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.request_syncs import sweep_rhythm
from sync_svc.application.views import ListedAdministration, StatusFilter, StatusOrder
from sync_svc.entrypoints.http.administrations import StatusWithoutResources, status_without_resources
from sync_svc.entrypoints.http.context import InContext, Reader
from sync_svc.entrypoints.http.policies import SyncPolicy, shown_policy

router = APIRouter(tags=["administrations"])

MOST_AT_ONCE = 200
Ids = Annotated[
    Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE), SCATTERED] | None,
    SEPARATED,
    Query(description="Only these, up to 200, separated by commas (a query holds 8 KiB); left out: all."),
]
Paused = Annotated[
    bool | None, Query(description="Only those that a pause holds, or that none does; left out: all.")
]
LastOutcome = Annotated[
    SyncOutcome | None, Query(description="Only those whose last run ended so; left out: all.")
]
Sort = Annotated[
    StatusOrder | None,
    Query(description="The order of the list, with a minus the other way round; left out: that of the ids."),
]


class ListedStatus(StatusWithoutResources):
    """How the data of one administration stands."""

    administration_id: UUID = Field(description="The administration.")
    name: str | None = Field(
        description="What the provider calls the company; null: it was imported before this was kept."
    )
    policy: SyncPolicy | None = Field(
        description="When it synchronises by itself; null: that is not known yet."
    )


def listed_status(gateway: ProviderGateway, found: ListedAdministration, now: datetime) -> ListedStatus:
    """An administration of a list as the API shows it."""
    policy = found.policy
    return ListedStatus(
        administration_id=found.administration_id,
        name=found.name,
        policy=policy and shown_policy(policy, sweep_rhythm(gateway, found.provider, policy)),
        **dict(status_without_resources(found.status, now)),
    )


@router.get("/v1/sync-status", operation_id="list_sync_status")
async def list_statuses(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    *,
    administration_ids: Ids = None,
    import_session_id: Annotated[
        UUID | None, Query(description="Only administrations that this import brought; left out: all.")
    ] = None,
    paused: Paused = None,
    outcome: LastOutcome = None,
    q: Search = None,
    sort: Sort = None,
    with_total: WithTotal = False,
) -> CountedPage[ListedStatus]:
    """List how the data of the organisation's administrations stands. One that has just been imported is among them as soon as
    its event is here; `q` searches names."""
    after = page.after(UUID)
    which = StatusFilter(import_session_id, paused, outcome, searched(q), administration_ids)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.views.statuses(which, sort, after and after[0], page.fetch)
        total = await tx.views.status_count(which) if with_total else None
        now = tx.now
    listed = paginate(
        found,
        page,
        item=lambda each: listed_status(context.gateway, each, now),
        key=lambda each: (each.administration_id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)
