"""`/v1/reauthorizations`: who must log in again."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from koppel.contracts.values import WhoMustAct
from koppel.platform.http import CountPageQuery, ResponseModel, paginate
from koppel.platform.http.lists import Code, CountedPage, Search, WithTotal, searched
from sync_svc.domain.reauthorization import ReauthorizationFilter
from sync_svc.entrypoints.http.context import InContext, Reader

router = APIRouter(tags=["reauthorizations"])


class ReauthorizedCompany(ResponseModel):
    """The company that the login is for."""

    external_id: str = Field(description="The provider's own id of the company.")
    name: str = Field(description="The company's name at the provider.")


class WaitingLogin(ResponseModel):
    """A login that no longer works, and what it holds up until somebody logs in again at its connection."""

    connection_id: UUID = Field(description="The connection to log in at again.")
    grant_id: UUID = Field(description="The login that no longer works.")
    provider: str | None = Field(description="The provider; null: told before this was kept.")
    company: ReauthorizedCompany | None = Field(
        description="The company that the login is for; null: it covers many, or the provider does not tell."
    )
    reason: str | None = Field(description="Why it stopped, as a code; null: told before this was kept.")
    who_must_act: WhoMustAct = Field(description="Who can make it work again.")
    since: datetime | None = Field(
        description="When it was found not to work; null: told before this was kept."
    )
    act_by: datetime | None = Field(
        description="Until when acting would have kept it alive, as it was told before; null: nothing was told."
    )
    administrations_held_up: int = Field(description="How many administrations are read with it.")
    syncs_held_up: int = Field(
        description="How many of these would synchronise by themselves, or have a run that waits."
    )


@router.get("/v1/reauthorizations", operation_id="list_reauthorizations")
async def list_reauthorizations(
    page: CountPageQuery,
    principal: Reader,
    context: InContext,
    *,
    code: Code = None,
    q: Search = None,
    with_total: WithTotal = False,
) -> CountedPage[WaitingLogin]:
    """List the logins that somebody must renew. Those that hold up most administrations come first; `code` is their `reason`, `q`
    searches names of companies."""
    after, which = page.after(int, UUID), ReauthorizationFilter(reason=code, text=searched(q))
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.reauthorizations.waiting(after, page.fetch, which)
        total = await tx.reauthorizations.waiting_count(which) if with_total else None
    listed = paginate(
        found,
        page,
        item=WaitingLogin.model_validate,
        key=lambda each: (each.administrations_held_up, each.grant_id),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)
