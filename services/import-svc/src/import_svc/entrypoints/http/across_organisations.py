"""Administrations of all offices, for operators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from import_svc.domain.administration import AdministrationFilter, AdministrationState
from import_svc.entrypoints.http.administrations import AdministrationOut, Filter, Sort, administration_out
from import_svc.entrypoints.http.context import InContext
from koppel.platform.http import Instant, PageQuery, paginate
from koppel.platform.http.lists import CountedPage, Search, WithTotal, searched
from koppel.platform.operations.across_organisations import Across, OfOrganisation

router = APIRouter(tags=["operations"])


class AdministrationOfOrganisation(AdministrationOut, OfOrganisation):
    """A company's books at an office."""


@router.get("/ops/v1/administrations", operation_id="list_administrations_of_all")
async def list_of_all(
    page: PageQuery,
    across: Across,
    context: InContext,
    *,
    administration_id: Annotated[
        UUID | None, Query(description="Only this one, also when it is removed; left out: all.")
    ] = None,
    state: Filter = None,
    connection_id: Annotated[
        UUID | None, Query(description="Only those of this connection; left out: of all.")
    ] = None,
    since: Annotated[
        Instant | None,
        Query(description="Only those that were imported at or after this moment; left out: all."),
    ] = None,
    q: Search = None,
    sort: Sort = None,
    with_total: WithTotal = False,
) -> CountedPage[AdministrationOfOrganisation]:
    """List administrations of all offices. Removed ones only when asked for; `q` searches names, KvK numbers and the provider's ids."""
    after = page.after(UUID)
    of = AdministrationFilter(
        state=None if state is None else AdministrationState(state),
        connection_id=connection_id,
        text=searched(q),
        since=since,
        administration_id=administration_id,
    )
    async with context.unit_of_work.begin(across.organisation_id) as tx:
        found = await tx.administrations.page(of, sort, after and after[0], page.fetch)
        total = await tx.administrations.count(of) if with_total else None
        await across.note(tx.connection, page, found)
    listed = paginate(
        found,
        page,
        item=lambda each: AdministrationOfOrganisation(
            organisation_id=each.organisation_id, **dict(administration_out(each))
        ),
        key=lambda each: (each.id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)
