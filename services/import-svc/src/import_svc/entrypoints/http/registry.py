"""The trade register, as far as a person needs it who fills in a profile."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from import_svc.application.look_up_company import look_up_company
from import_svc.domain.trade_register import NAME, RegistryEntry, RegistryStatus
from import_svc.entrypoints.http.context import Importer, InContext
from import_svc.entrypoints.http.profiles import SectorOut, sector_out
from koppel.contracts.values import is_kvk_number
from koppel.kernel.errors import FieldError, InvalidInput, NotFound
from koppel.platform.http import ResponseModel, problems

router = APIRouter(tags=["trade register"])

KvkNumberText = Annotated[str, Path(max_length=200, description="KvK number, 8 digits.")]


class ActivityOut(ResponseModel):
    """What the company does."""

    code: str = Field(description="Code of the SBI of today's version.")
    main: bool = Field(description="Whether it is the main activity.")


class RegisteredCompanyOut(ResponseModel):
    """What the trade register says of a number."""

    kvk_number: str = Field(description="The number that was asked for.")
    name: str = Field(description="The company's name in the register.")
    sector: SectorOut | None = Field(
        description="Section of its main activity; null: it has no main activity, or one without a sure section."
    )
    sbi: list[ActivityOut] = Field(description="Its activities, in the register's order.")
    active: bool = Field(description="Whether it is registered today; false: its registration has ended.")
    source: str = Field(description="The register: `kvk`.")
    fetched_at: datetime = Field(description="When the register said so.")


class CandidateRegistryOut(ResponseModel):
    """What the trade register says of a candidate's KvK number."""

    status: RegistryStatus = Field(
        description="`ended`: the registration has ended; `unavailable`: the register gave no answer yet."
    )
    name: str | None = Field(description="The company's name in the register; null: not found.")
    sector: SectorOut | None = Field(
        description="Section of its main activity; null: not found, or no activity with a sure section."
    )
    source: str = Field(description="The register: `kvk`.")
    fetched_at: datetime | None = Field(description="When the register said so; null: it gave no answer yet.")
    differs: list[str] = Field(
        description="What the register says otherwise than the candidate, of `name` and `sector`."
    )


@router.get(
    "/v1/kvk/{kvk_number}",
    operation_id="look_up_kvk_number",
    responses=problems(
        kvk_number_unknown=404,
        kvk_number_invalid=422,
        registry_quota_exceeded=429,
        registry_unavailable=503,
    ),
)
async def look_up(kvk_number: KvkNumberText, principal: Importer, context: InContext) -> RegisteredCompanyOut:
    """Look a KvK number up in the trade register. What it said in the last seven days is not asked again."""
    if not is_kvk_number(kvk_number):
        raise InvalidInput(
            "kvk_number_invalid",
            "A KvK number has exactly 8 digits.",
            [FieldError("path/kvk_number", "exactly 8 digits")],
        )
    entry = await look_up_company(context.unit_of_work, principal.organisation, context.register, kvk_number)
    if entry.company is None or entry.fetched_at is None:
        raise NotFound("KvK number", kvk_number, code="kvk_number_unknown")
    return RegisteredCompanyOut(
        kvk_number=kvk_number,
        name=entry.company.name,
        sector=sector_out(entry.sector),
        sbi=[ActivityOut(code=each.code, main=each.main) for each in entry.company.activities],
        active=entry.company.active,
        source=NAME,
        fetched_at=entry.fetched_at,
    )


def candidate_registry_out(entry: RegistryEntry | None, differs: list[str]) -> CandidateRegistryOut | None:
    """The same of a candidate; None while nobody has asked."""
    if entry is None:
        return None
    return CandidateRegistryOut(
        status=entry.status,
        name=entry.company and entry.company.name,
        sector=sector_out(entry.sector),
        source=NAME,
        fetched_at=entry.fetched_at,
        differs=differs,
    )
