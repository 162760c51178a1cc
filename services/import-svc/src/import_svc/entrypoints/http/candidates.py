"""The candidates of an import session."""

from collections.abc import Iterable, Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from import_svc.application.find_session import find_session
from import_svc.domain.candidate import Candidate, CandidateOrder
from import_svc.domain.looks import SeenAs
from import_svc.domain.preflight import preflight
from import_svc.domain.profile import SectorSource
from import_svc.domain.refusals import PROFILE_MISSING
from import_svc.entrypoints.http.context import InContext, Reader, SessionId
from import_svc.entrypoints.http.profiles import ProfileOut, SectorOut, profile_out, sector_out
from import_svc.entrypoints.http.registry import CandidateRegistryOut, candidate_registry_out
from koppel.contracts.values import WhoMustAct
from koppel.platform.http import PageQuery, ResponseModel, paginate, problems
from koppel.platform.http.lists import CountedPage, Search, WithTotal, searched
from koppel.providers.company import CompanyKind, CompanyStatus

router = APIRouter(tags=["import sessions"])


class CandidateError(ResponseModel):
    """What prevents the import of the candidate."""

    code: str = Field(description="What it is, for a program.")
    message: str = Field(description="What it is, in English.")


class CheckOut(ResponseModel):
    """What is known before the import of whether the company can be read whole."""

    check: str = Field(
        description="`company_readable`, `login_works`, `scopes`: what the login had to allow; once it was probed `setup_complete`, `modules`, `fiscal_year` and `rights`; once the trade register was asked `registered`."
    )
    ok: bool = Field(description="Whether it is as it should be.")
    who_must_act: WhoMustAct | None = Field(description="Who can mend it; null: it is as it should be.")
    detail: str = Field(description="How it is, in English.")


class CandidateOut(ResponseModel):
    """`kvk_number` and `vat_number` as the provider gives them; `profile` as the person stored it."""

    id: UUID = Field(description="The candidate.")
    grant_id: UUID = Field(description="The login that found it.")
    external_id: str = Field(description="The company's id at the provider.")
    name: str = Field(description="The company's name at the provider.")
    kvk_number: str | None = Field(description="KvK number that the provider gives; null: none.")
    vat_number: str | None = Field(description="VAT number that the provider gives; null: none.")
    sector: SectorOut | None = Field(
        description="The sector that it would be imported with: the person's, else the provider's, else the register's; null: none."
    )
    sector_source: SectorSource | None = Field(description="Who told the sector; null: there is none.")
    registry: CandidateRegistryOut | None = Field(
        description="What the trade register says of its KvK number; null: it has none, or was not looked up."
    )
    status: CompanyStatus = Field(
        description="What the provider says of the company: `active`, `archived`, `suspended` or `blocked`; only an active one can be imported."
    )
    kind: CompanyKind = Field(
        description="`books`; `practice`: the office's own; `dossier`: a client's file without books, which cannot be imported."
    )
    seen_as: SeenAs = Field(
        description="Beside the look before: `new`, `known`, `renamed`, `moved` (another login shows it, that of before does not work) or `gone` (not shown any more; cannot be imported)."
    )
    already_imported: bool = Field(
        description="Whether the company is an administration of the organisation already."
    )
    duplicates: list[UUID] = Field(
        description="Administrations of the organisation with the same KvK number, of other companies and other providers, the first hundred."
    )
    selected: bool = Field(description="Whether it will be imported.")
    profile: ProfileOut | None = Field(description="The profile that a person stored; null: none.")
    preflight: list[CheckOut] = Field(
        description="What is known of whether it can be read whole; it may be imported whatever they say, unless `errors` does."
    )
    errors: list[CandidateError] = Field(
        description="What stands in the way of importing it; empty: nothing."
    )


class CandidatePage(CountedPage[CandidateOut]):
    """One page of the candidates."""

    version: int = Field(
        description="Version of the import session when this page was read; that of the first page of a list holds for all."
    )


@router.get(
    "/v1/import-sessions/{session_id}/candidates",
    operation_id="list_candidates",
    responses=problems(import_session_not_found=404),
)
async def list_candidates(
    session_id: SessionId,
    page: PageQuery,
    principal: Reader,
    context: InContext,
    *,
    q: Search = None,
    sort: Annotated[
        CandidateOrder | None, Query(description="The order of the list; left out: that of the ids.")
    ] = None,
    with_total: WithTotal = False,
) -> CandidatePage:
    """List the candidates of an import session. Of all logins together; `q` searches names and numbers, also the register's name."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        session = await find_session(tx, session_id)
        text = searched(q)
        found = await tx.candidates.page(session_id, after and after[0], page.fetch, text=text, order=sort)
        total = await tx.candidates.count(session_id, text) if with_total else None
    listed = paginate(found, page, item=candidate_out, key=lambda each: (each.id,))
    return CandidatePage(
        items=listed.items, next_cursor=listed.next_cursor, total=total, version=session.version
    )


def candidates_out(candidates: Iterable[Candidate]) -> list[CandidateOut]:
    return [candidate_out(each) for each in candidates]


def candidate_out(candidate: Candidate) -> CandidateOut:
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
        status=candidate.status,
        kind=candidate.kind,
        seen_as=candidate.seen_as,
        preflight=[CheckOut.model_validate(each) for each in preflight(candidate)],
        already_imported=candidate.already_imported,
        duplicates=list(candidate.duplicates),
        selected=candidate.selected,
        profile=profile_out(candidate.stored),
        errors=list(_errors(candidate)),
    )


def _errors(candidate: Candidate) -> Iterator[CandidateError]:
    if candidate.closed:
        yield CandidateError(code=candidate.closed.code, message=candidate.closed.message)
    if candidate.profile is None:
        yield CandidateError(code="profile_missing", message=PROFILE_MISSING)
