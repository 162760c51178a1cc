"""The candidates of an import session: seen, selected, completed, confirmed."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field, field_validator
from starlette.responses import Response

from import_svc.application.confirm_import import confirm_import
from import_svc.application.find_session import find_session
from import_svc.application.select_candidates import select_candidates
from import_svc.application.store_profiles import ProfileRow, store_profiles
from import_svc.domain.candidate import Candidate
from import_svc.domain.refusals import PROFILE_MISSING
from import_svc.entrypoints.http.context import Importer, InContext, Reader
from import_svc.entrypoints.http.profiles import ProfileIn, ProfileOut, SectorOut, profile_out, sector_out
from koppel.platform.http import (
    HONOURS_IDEMPOTENCY_KEY,
    SCATTERED,
    Page,
    PageQuery,
    RequestModel,
    ResponseModel,
    caller_of,
    idempotent,
    paginate,
    refuse_colliding,
)

router = APIRouter(tags=["import sessions"])


class CandidateError(ResponseModel):
    """What is missing before the candidate can be imported."""

    code: str
    message: str


class CandidateOut(ResponseModel):
    """`kvk_number`, `vat_number`, `sector` as the package gives them; `profile` as the person stored it."""

    id: UUID
    grant_id: UUID
    external_id: str
    name: str
    kvk_number: str | None
    vat_number: str | None
    sector: SectorOut | None
    already_imported: bool
    selected: bool
    profile: ProfileOut | None
    errors: list[CandidateError]


class Selection(RequestModel):
    """The whole selection: what is not named is not selected."""

    candidate_ids: Annotated[list[UUID], Field(max_length=10_000), SCATTERED]


class SelectionOut(ResponseModel):
    """What is selected now."""

    candidate_ids: list[UUID]


class ProfileRowIn(ProfileIn):
    """The profile of one candidate."""

    candidate_id: UUID


class Profiles(RequestModel):
    """Profiles to store; other candidates keep theirs."""

    items: Annotated[list[ProfileRowIn], Field(min_length=1, max_length=10_000)]

    @field_validator("items")
    @classmethod
    def _scattered(cls, items: list[ProfileRowIn]) -> list[ProfileRowIn]:
        refuse_colliding(row.candidate_id for row in items)
        return items


class ProfilesOut(ResponseModel):
    """The candidates as they are now."""

    items: list[CandidateOut]


class ImportedAdministration(ResponseModel):
    """The administration that came of a candidate."""

    id: UUID
    candidate_id: UUID


class Confirmed(ResponseModel):
    """The import."""

    administrations: list[ImportedAdministration]


@router.get(
    "/v1/import-sessions/{session_id}/candidates",
    operation_id="list_candidates",
)
async def list_candidates(
    session_id: UUID, page: PageQuery, principal: Reader, context: InContext
) -> Page[CandidateOut]:
    """What discovery found, of all grants together."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await find_session(tx, session_id)
        found = await tx.candidates.page(session_id, after and after[0], page.fetch)
    return paginate(found, page, item=_candidate_out, key=lambda each: (each.id,))


@router.put(
    "/v1/import-sessions/{session_id}/selection",
    operation_id="select_candidates",
)
async def select(session_id: UUID, body: Selection, principal: Importer, context: InContext) -> SelectionOut:
    """Select exactly these candidates."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await select_candidates(tx, caller_of(principal), session_id, body.candidate_ids)
    return SelectionOut(candidate_ids=list(dict.fromkeys(body.candidate_ids)))


@router.put("/v1/import-sessions/{session_id}/profiles", operation_id="store_profiles")
async def complete(session_id: UUID, body: Profiles, principal: Importer, context: InContext) -> ProfilesOut:
    """Store profiles, all or none."""
    rows = [ProfileRow(row.candidate_id, row.draft()) for row in body.items]
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await store_profiles(tx, caller_of(principal), session_id, rows)
        stored = await tx.candidates.by_id(session_id, [row.candidate_id for row in rows])
    return ProfilesOut(items=_candidates_out(stored[row.candidate_id] for row in rows))


@router.post(
    "/v1/import-sessions/{session_id}/confirm",
    operation_id="confirm_import",
    status_code=202,
    response_model=Confirmed,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
)
async def confirm(request: Request, session_id: UUID, principal: Importer, context: InContext) -> Response:
    """Import the selection. A session that was imported answers the same again."""
    async with context.unit_of_work.begin(principal.organisation) as tx:

        async def run() -> Confirmed:
            imported = await confirm_import(tx, caller_of(principal), session_id)
            return Confirmed(
                administrations=[
                    ImportedAdministration(id=administration_id, candidate_id=candidate_id)
                    for candidate_id, administration_id in imported
                ]
            )

        return await idempotent(request, tx.connection, principal, None, run, status=202)


def _candidates_out(candidates: Iterable[Candidate]) -> list[CandidateOut]:
    return [_candidate_out(each) for each in candidates]


def _candidate_out(candidate: Candidate) -> CandidateOut:
    missing = [] if candidate.profile else [CandidateError(code="profile_missing", message=PROFILE_MISSING)]
    return CandidateOut(
        id=candidate.id,
        grant_id=candidate.grant_id,
        external_id=candidate.external_id,
        name=candidate.name,
        kvk_number=candidate.kvk_number,
        vat_number=candidate.vat_number,
        sector=sector_out(candidate.sector),
        already_imported=candidate.already_imported,
        selected=candidate.selected,
        profile=profile_out(candidate.stored),
        errors=missing,
    )
