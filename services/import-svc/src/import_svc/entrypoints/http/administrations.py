"""Imported administrations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from import_svc.application.change_profile import change_profile
from import_svc.application.remove_administration import remove_administration
from import_svc.domain.administration import (
    Administration,
    AdministrationFilter,
    AdministrationOrder,
    AdministrationState,
)
from import_svc.domain.profile import SectorSource
from import_svc.entrypoints.http.context import Importer, InContext, Reader
from import_svc.entrypoints.http.profiles import PROFILE_REFUSALS, ProfileIn, SectorOut, sector_out
from koppel.contracts.values import ACTOR, NoKvkReason
from koppel.kernel.errors import NotFound
from koppel.platform.http import PageQuery, ResponseModel, caller_of, paginate, problems
from koppel.platform.http.lists import CountedPage, Search, WithTotal, searched
from koppel.providers.company import CompanyStatus

router = APIRouter(tags=["administrations"])

AdministrationId = Annotated[UUID, Path(description="The administration.")]

Filter = Annotated[
    Literal["active", "removed"] | None,
    Query(description="Only those in this state; left out: those that are active."),
]

Sort = Annotated[
    AdministrationOrder | None,
    Query(description="The order of the list, with a minus the other way round; left out: that of the ids."),
]


class AdministrationOut(ResponseModel):
    """A company's books in Koppel."""

    id: UUID = Field(description="The administration.")
    name: str = Field(description="The company's name at the provider.")
    provider: str = Field(description="Id of the provider, its accounting package.")
    connection_id: UUID = Field(description="The connection that it came through.")
    grant_id: UUID = Field(description="The login that it is read with.")
    external_id: str = Field(description="The company's id at the provider.")
    state: AdministrationState = Field(description="`removed` when it was taken out of the organisation.")
    kvk_number: str | None = Field(
        description="KvK number, 8 digits; null: see `no_kvk_reason`, or the sector alone is known."
    )
    no_kvk_reason: NoKvkReason | None = Field(
        description="Why it has no KvK number; null: it has one, or the sector alone is known."
    )
    sector: SectorOut | None = Field(description="Its sector; null: not given.")
    sector_source: SectorSource | None = Field(
        description="Who told the sector: `package`, `registry` or `person`; null: there is none, or it was not kept then."
    )
    duplicates: list[UUID] = Field(
        description="Other administrations of the organisation with the same KvK number, the first hundred."
    )
    status: CompanyStatus = Field(
        description="What the provider said of the company at the last look: `active`, `archived`, `suspended` or `blocked`."
    )
    vanished_at: datetime | None = Field(
        description="Since when the provider does not show the company any more; null: it does."
    )
    import_session_id: UUID = Field(description="The import that brought it.")
    imported_at: datetime = Field(description="When it was imported.")
    imported_by: str = Field(description=f"Who confirmed the import. {ACTOR}")


@router.get("/v1/administrations", operation_id="list_administrations")
async def list_administrations(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    *,
    state: Filter = None,
    connection_id: Annotated[
        UUID | None, Query(description="Only those of this connection; left out: of all.")
    ] = None,
    import_session_id: Annotated[
        UUID | None, Query(description="Only those that this import brought; left out: all.")
    ] = None,
    q: Search = None,
    sort: Sort = None,
    with_total: WithTotal = False,
) -> CountedPage[AdministrationOut]:
    """List the organisation's administrations. Removed ones only when asked for; `q` searches names, KvK numbers and the provider's ids."""
    after = page.after(UUID)
    of = AdministrationFilter(
        state=None if state is None else AdministrationState(state),
        connection_id=connection_id,
        import_session_id=import_session_id,
        text=searched(q),
    )
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.administrations.page(of, sort, after and after[0], page.fetch)
        total = await tx.administrations.count(of) if with_total else None
    listed = paginate(found, page, item=administration_out, key=lambda each: (each.id,))
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.get(
    "/v1/administrations/{administration_id}",
    operation_id="get_administration",
    responses=problems(administration_not_found=404),
)
async def show(
    administration_id: AdministrationId, principal: Reader, context: InContext
) -> AdministrationOut:
    """Show an administration."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        administration = await tx.administrations.find(administration_id)
    if administration is None:
        raise NotFound("administration", administration_id)
    return administration_out(administration)


@router.patch(
    "/v1/administrations/{administration_id}/profile",
    operation_id="change_profile",
    responses=problems(
        administration_not_found=404,
        **PROFILE_REFUSALS,
    ),
)
async def change(
    administration_id: AdministrationId, body: ProfileIn, principal: Importer, context: InContext
) -> AdministrationOut:
    """Change an administration's profile. What is left out stays, null takes away; number and reason replace each other."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        administration = await change_profile(
            tx,
            caller_of(principal),
            administration_id,
            body.draft(),
            frozenset(body.model_fields_set),
        )
    return administration_out(administration)


@router.delete(
    "/v1/administrations/{administration_id}",
    operation_id="remove_administration",
    status_code=204,
    responses=problems(administration_not_found=404),
)
async def remove(administration_id: AdministrationId, principal: Importer, context: InContext) -> None:
    """Remove an administration from the organisation. Its company may be imported again."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await remove_administration(
            tx,
            caller_of(principal),
            administration_id,
        )


def administration_out(administration: Administration) -> AdministrationOut:
    return AdministrationOut(
        id=administration.id,
        name=administration.name,
        provider=administration.provider,
        connection_id=administration.connection_id,
        grant_id=administration.grant_id,
        external_id=administration.external_id,
        state=administration.state,
        kvk_number=administration.profile.kvk_number,
        no_kvk_reason=administration.profile.no_kvk_reason,
        sector=sector_out(administration.profile.sector),
        sector_source=administration.sector_source,
        duplicates=list(administration.duplicates),
        status=administration.status,
        vanished_at=administration.vanished_at,
        import_session_id=administration.import_session_id,
        imported_at=administration.imported_at,
        imported_by=administration.imported_by,
    )
