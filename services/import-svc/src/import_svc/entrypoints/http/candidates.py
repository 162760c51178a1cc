"""The candidates of an import session: seen, selected, completed, confirmed."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import ConfigDict, Field, field_validator
from starlette.responses import Response

from import_svc.application.confirm_import import confirm_import
from import_svc.application.find_session import find_session
from import_svc.application.select_candidates import select_candidates
from import_svc.application.store_profiles import ProfileRow, store_profiles
from import_svc.domain.candidate import Candidate
from import_svc.domain.profile import SectorSource
from import_svc.domain.refusals import PROFILE_MISSING
from import_svc.entrypoints.http.context import Importer, InContext, Reader
from import_svc.entrypoints.http.profiles import ProfileIn, ProfileOut, SectorOut, profile_out, sector_out
from import_svc.entrypoints.http.registry import CandidateRegistryOut, candidate_registry_out
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
    problems,
    refuse_colliding,
)

router = APIRouter(tags=["import sessions"])

SessionId = Annotated[UUID, Path(description="The import session.")]


class CandidateError(ResponseModel):
    """What is missing before the candidate can be imported."""

    code: str = Field(description="What is missing, for a program.")
    message: str = Field(description="What is missing, in English.")


class CandidateOut(ResponseModel):
    """`kvk_number` and `vat_number` as the package gives them; `profile` as the person stored it."""

    id: UUID = Field(description="The candidate.")
    grant_id: UUID = Field(description="The login that found it.")
    external_id: str = Field(description="The company's id at the package.")
    name: str = Field(description="The company's name at the package.")
    kvk_number: str | None = Field(description="KvK number that the package gives; null: none.")
    vat_number: str | None = Field(description="VAT number that the package gives; null: none.")
    sector: SectorOut | None = Field(
        description="The sector that it would be imported with: the person's, else the package's, else the register's; null: none."
    )
    sector_source: SectorSource | None = Field(description="Who told the sector; null: there is none.")
    registry: CandidateRegistryOut | None = Field(
        description="What the trade register says of its KvK number; null: it has none, or was not looked up."
    )
    already_imported: bool = Field(
        description="Whether the company is an administration of the organisation already."
    )
    selected: bool = Field(description="Whether it will be imported.")
    profile: ProfileOut | None = Field(description="The profile that a person stored; null: none.")
    errors: list[CandidateError] = Field(
        description="What is missing before it can be imported; empty: nothing."
    )


class Selection(RequestModel):
    """The whole selection: what is not named is not selected."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"candidate_ids": ["0198c0de-0000-7000-8000-000000000005"]}]}
    )

    candidate_ids: Annotated[list[UUID], Field(max_length=10_000), SCATTERED] = Field(
        description="All that shall be selected; an empty list selects none."
    )


class SelectionOut(ResponseModel):
    """What is selected now."""

    candidate_ids: list[UUID] = Field(description="What is selected now, in the order given.")


class ProfileRowIn(ProfileIn):
    """The profile of one candidate."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"candidate_id": "0198c0de-0000-7000-8000-000000000005", "kvk_number": "75904695"}]
        }
    )

    candidate_id: UUID = Field(description="The candidate whose profile it is.")


class Profiles(RequestModel):
    """Profiles to store; other candidates keep theirs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {"candidate_id": "0198c0de-0000-7000-8000-000000000005", "kvk_number": "75904695"},
                        {
                            "candidate_id": "0198c0de-0000-7000-8000-000000000006",
                            "no_kvk_reason": "test_or_demo",
                            "sector": {"sbi_version": "2025", "code": "C"},
                        },
                    ]
                }
            ]
        }
    )

    items: Annotated[list[ProfileRowIn], Field(min_length=1, max_length=10_000)] = Field(
        description="The profiles, one row a candidate."
    )

    @field_validator("items")
    @classmethod
    def _scattered(cls, items: list[ProfileRowIn]) -> list[ProfileRowIn]:
        refuse_colliding(row.candidate_id for row in items)
        return items


class ProfilesOut(ResponseModel):
    """The candidates as they are now."""

    items: list[CandidateOut] = Field(description="The candidates that were named, in the order given.")


class ImportedAdministration(ResponseModel):
    """The administration that came of a candidate."""

    id: UUID = Field(description="The new administration.")
    candidate_id: UUID = Field(description="The candidate that it was.")


class Confirmed(ResponseModel):
    """The import."""

    administrations: list[ImportedAdministration] = Field(
        description="The administrations that this import made."
    )


@router.get(
    "/v1/import-sessions/{session_id}/candidates",
    operation_id="list_candidates",
    responses=problems(import_session_not_found=404),
)
async def list_candidates(
    session_id: SessionId, page: PageQuery, principal: Reader, context: InContext
) -> Page[CandidateOut]:
    """List the candidates of an import session. Of all logins together, in order of their ids."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await find_session(tx, session_id)
        found = await tx.candidates.page(session_id, after and after[0], page.fetch)
    return paginate(found, page, item=_candidate_out, key=lambda each: (each.id,))


@router.put(
    "/v1/import-sessions/{session_id}/selection",
    operation_id="select_candidates",
    responses=problems(
        import_session_not_found=404,
        import_session_expired=409,
        import_session_not_selecting=409,
        already_imported=422,
        candidate_unknown=422,
        candidate_duplicate=422,
        selection_invalid=422,
    ),
)
async def select(
    session_id: SessionId, body: Selection, principal: Importer, context: InContext
) -> SelectionOut:
    """Select exactly these candidates. What is not named is selected no more."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await select_candidates(tx, caller_of(principal), session_id, body.candidate_ids)
    return SelectionOut(candidate_ids=list(dict.fromkeys(body.candidate_ids)))


@router.put(
    "/v1/import-sessions/{session_id}/profiles",
    operation_id="store_profiles",
    responses=problems(
        import_session_not_found=404,
        import_session_expired=409,
        import_session_not_selecting=409,
        already_imported=422,
        candidate_unknown=422,
        candidate_duplicate=422,
        kvk_number_invalid=422,
        kvk_number_and_reason=422,
        no_kvk_reason_unknown=422,
        sector_unknown=422,
        sector_required=422,
        sbi_version_unknown=422,
        profile_empty=422,
        profile_invalid=422,
    ),
)
async def complete(
    session_id: SessionId, body: Profiles, principal: Importer, context: InContext
) -> ProfilesOut:
    """Store profiles of candidates, all or none. Candidates that are not named keep theirs."""
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
    responses=problems(
        import_session_not_found=404,
        import_session_expired=409,
        import_session_not_selecting=409,
        nothing_selected=409,
        profile_incomplete=409,
        already_imported=409,
    ),
)
async def confirm(
    request: Request, session_id: SessionId, principal: Importer, context: InContext
) -> Response:
    """Import the selected candidates, all or none. A session that was imported answers the same again."""
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
        sector_source=candidate.sector_source,
        registry=candidate_registry_out(candidate.registry, candidate.registry_differs),
        already_imported=candidate.already_imported,
        selected=candidate.selected,
        profile=profile_out(candidate.stored),
        errors=missing,
    )
