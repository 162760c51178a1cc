"""Connections of all offices, for operators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from connection_svc.domain.connection import (
    Connection,
    ConnectionFilter,
    ConnectionOrder,
    ConnectionState,
    Grant,
)
from connection_svc.entrypoints.http.connection_models import ConnectionItem, connection_item
from connection_svc.entrypoints.http.context import Context, InContext
from koppel.platform.http import Instant, PageQuery, paginate
from koppel.platform.http.lists import Code, CountedPage, Search, WithTotal, searched
from koppel.platform.operations.across_organisations import Across, OfOrganisation

router = APIRouter(tags=["operations"])


class ConnectionOfOrganisation(ConnectionItem, OfOrganisation):
    """An office's link to one provider."""


@router.get("/ops/v1/connections", operation_id="list_connections_of_all")
async def list_of_all(
    page: PageQuery,
    across: Across,
    context: InContext,
    *,
    connection_id: Annotated[
        UUID | None, Query(description="Only this one, also when it is deleted; left out: all.")
    ] = None,
    state: Annotated[
        ConnectionState | None,
        Query(description="Only those in this state; left out: those that are not deleted."),
    ] = None,
    code: Code = None,
    since: Annotated[
        Instant | None,
        Query(description="Only those that are in their state since this moment or later; left out: all."),
    ] = None,
    q: Search = None,
    sort: Annotated[
        ConnectionOrder | None,
        Query(description="By name, with a minus the other way round; left out: in order of the ids."),
    ] = None,
    with_total: WithTotal = False,
) -> CountedPage[ConnectionOfOrganisation]:
    """List connections of all offices. `q` searches names, also of companies and providers; `code` is why a login of it
    stopped, or what troubles one."""
    after = page.after(UUID)
    which = ConnectionFilter(
        state=state, code=code, text=searched(q), since=since, connection_id=connection_id
    )
    async with context.unit_of_work.begin(across.organisation_id) as tx:
        found = await tx.connections.page(after and after[0], page.fetch, which, sort)
        total = await tx.connections.count(which) if with_total else None
        grants = await tx.grants.of_connections([each.id for each in found])
        await across.note(tx.connection, page, found)
    listed = paginate(
        found,
        page,
        item=lambda each: _item(context, each, [one for one in grants if one.connection_id == each.id]),
        key=lambda each: (each.id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


def _item(context: Context, found: Connection, grants: list[Grant]) -> ConnectionOfOrganisation:
    shown = connection_item(found, grants, context.timing(found.provider))
    return ConnectionOfOrganisation(organisation_id=found.organisation_id, **dict(shown))
