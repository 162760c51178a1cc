"""What an import session brought."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from import_svc.application.summarise_import import summarise_import
from import_svc.domain.administration import Administration
from import_svc.domain.profile import SectorSource
from import_svc.entrypoints.http.context import InContext, Reader, SessionId
from import_svc.entrypoints.http.profiles import SectorOut, sector_out
from koppel.contracts.values import ACTOR, NoKvkReason
from koppel.platform.http import ResponseModel, problems

router = APIRouter(tags=["import sessions"])


class SummarisedAdministration(ResponseModel):
    """An administration that the import brought, with its profile as it is now."""

    id: UUID = Field(description="The administration.")
    name: str = Field(description="The company's name at the provider.")
    kvk_number: str | None = Field(description="KvK number, 8 digits; null: see `no_kvk_reason`.")
    no_kvk_reason: NoKvkReason | None = Field(
        description="Why it has no KvK number; null: it has one, or the sector alone is known."
    )
    sector: SectorOut | None = Field(description="Its sector; null: not given.")
    sector_source: SectorSource | None = Field(
        description="Who told the sector; null: there is none, or it was not kept then."
    )
    duplicates: list[UUID] = Field(
        description="Other administrations of the organisation with the same KvK number, the first hundred: also those that somebody imported at the same time."
    )


class SummaryOut(ResponseModel):
    """The import as its last screen shows it."""

    administrations: list[SummarisedAdministration] = Field(
        description="What it brought and is still there, by name."
    )
    imported_at: datetime = Field(description="When it was confirmed.")
    imported_by: str = Field(description=f"Who confirmed it. {ACTOR}")


@router.get(
    "/v1/import-sessions/{session_id}/summary",
    operation_id="summarise_import",
    responses=problems(import_session_not_found=404, import_session_not_imported=409),
)
async def summarise(session_id: SessionId, principal: Reader, context: InContext) -> SummaryOut:
    """Show what an import session brought. All of it in one answer, without what was removed since."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        summary = await summarise_import(tx, session_id)
    return SummaryOut(
        administrations=[_administration_out(each) for each in summary.administrations],
        imported_at=summary.imported_at,
        imported_by=summary.imported_by,
    )


def _administration_out(administration: Administration) -> SummarisedAdministration:
    return SummarisedAdministration(
        id=administration.id,
        name=administration.name,
        kvk_number=administration.profile.kvk_number,
        no_kvk_reason=administration.profile.no_kvk_reason,
        sector=sector_out(administration.profile.sector),
        sector_source=administration.sector_source,
        duplicates=list(administration.duplicates),
    )
