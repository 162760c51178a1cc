"""Imported administrations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from import_svc.application.change_profile import change_profile
from import_svc.application.remove_administration import remove_administration
from import_svc.domain.administration import Administration, AdministrationState
from import_svc.entrypoints.http.context import Importer, InContext, Reader
from import_svc.entrypoints.http.profiles import ProfileIn, SectorOut, sector_out
from koppel.kernel.errors import NotFound
from koppel.platform.http import Page, PageQuery, ResponseModel, caller_of, paginate

router = APIRouter(tags=["administrations"])

Filter = Annotated[Literal["active", "removed"] | None, Query()]


class AdministrationOut(ResponseModel):
    """A company's books in Koppel."""

    id: UUID
    name: str
    provider: str
    connection_id: UUID
    grant_id: UUID
    external_id: str
    state: str
    kvk_number: str | None
    no_kvk_reason: str | None
    sector: SectorOut | None
    import_session_id: UUID
    imported_at: datetime
    imported_by: str


@router.get("/v1/administrations", operation_id="list_administrations")
async def list_administrations(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    state: Filter = None,
    connection_id: UUID | None = None,
) -> Page[AdministrationOut]:
    """The organisation's administrations; removed ones only when asked for."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        found = await tx.administrations.page(
            state=None if state is None else AdministrationState(state),
            connection_id=connection_id,
            after=after and after[0],
            limit=page.fetch,
        )
    return paginate(found, page, item=_administration_out, key=lambda each: (each.id,))


@router.get(
    "/v1/administrations/{administration_id}",
    operation_id="get_administration",
)
async def show(administration_id: UUID, principal: Reader, context: InContext) -> AdministrationOut:
    """One administration."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        administration = await tx.administrations.find(administration_id)
    if administration is None:
        raise NotFound("administration", administration_id)
    return _administration_out(administration)


@router.patch(
    "/v1/administrations/{administration_id}/profile",
    operation_id="change_profile",
)
async def change(
    administration_id: UUID, body: ProfileIn, principal: Importer, context: InContext
) -> AdministrationOut:
    """Change what is given, null takes away; number and reason replace each other."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        administration = await change_profile(
            tx,
            caller_of(principal),
            administration_id,
            body.draft(),
            frozenset(body.model_fields_set),
        )
    return _administration_out(administration)


@router.delete(
    "/v1/administrations/{administration_id}", operation_id="remove_administration", status_code=204
)
async def remove(administration_id: UUID, principal: Importer, context: InContext) -> None:
    """Take it out of the organisation."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await remove_administration(
            tx,
            caller_of(principal),
            administration_id,
        )


def _administration_out(administration: Administration) -> AdministrationOut:
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
        import_session_id=administration.import_session_id,
        imported_at=administration.imported_at,
        imported_by=administration.imported_by,
    )
