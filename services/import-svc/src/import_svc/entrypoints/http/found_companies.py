"""Companies that the daily looks found, and that nobody has seen in a wizard yet."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from import_svc.domain.looks import FoundCompany
from import_svc.entrypoints.http.context import InContext, Reader
from koppel.platform.http import ResponseModel, TextPairPageQuery, paginate
from koppel.platform.http.lists import CountedPage, WithTotal
from koppel.providers.company import CompanyStatus

router = APIRouter(tags=["import sessions"])


class FoundCompanyOut(ResponseModel):
    """A company that can be looked at, and imported, by an import session of its connection."""

    connection_id: UUID = Field(description="The connection to import it from.")
    grant_id: UUID = Field(description="The login that shows it.")
    provider: str = Field(description="Id of the provider, its accounting package.")
    external_id: str = Field(description="The company's id at the provider.")
    name: str = Field(description="The company's name at the provider.")
    kvk_number: str | None = Field(description="KvK number that the provider gives; null: none.")
    status: CompanyStatus = Field(
        description="What the provider says of the company: `active`, `archived`, `suspended` or `blocked`; only an active one can be imported."
    )
    found_at: datetime = Field(description="When a daily look found it.")


@router.get("/v1/found-companies", operation_id="list_found_companies")
async def list_found_companies(
    page: TextPairPageQuery,
    principal: Reader,
    context: InContext,
    *,
    connection_id: Annotated[
        UUID | None, Query(description="Only those of this connection; left out: of all.")
    ] = None,
    with_total: WithTotal = False,
) -> CountedPage[FoundCompanyOut]:
    """List companies that daily looks found. Until an import session of their connection shows them."""
    after = page.after(str, str)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.seen_companies.found(connection_id, after, page.fetch)
        total = await tx.seen_companies.count_found(connection_id) if with_total else None
    listed = paginate(found, page, item=found_company_out, key=lambda each: (each.provider, each.external_id))
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


def found_company_out(found: FoundCompany) -> FoundCompanyOut:
    return FoundCompanyOut(
        connection_id=found.connection_id,
        grant_id=found.grant_id,
        provider=found.provider,
        external_id=found.external_id,
        name=found.name,
        kvk_number=found.kvk_number,
        status=found.status,
        found_at=found.found_at,
    )
