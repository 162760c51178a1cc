"""Profiles of candidates, by the column."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field, field_validator

from import_svc.application.store_profiles import ProfileRow, store_profiles
from import_svc.entrypoints.http.candidates import CandidateOut, candidates_out
from import_svc.entrypoints.http.context import SESSION_REFUSALS, Importer, InContext, SessionId, Version
from import_svc.entrypoints.http.profiles import PROFILE_REFUSALS, ProfileIn
from koppel.platform.http import RequestModel, ResponseModel, caller_of, problems, refuse_colliding

router = APIRouter(tags=["import sessions"])

_MOST_ROWS = 1_000


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

    items: Annotated[list[ProfileRowIn], Field(min_length=1, max_length=_MOST_ROWS)] = Field(
        description="The profiles, one row a candidate."
    )
    partial: bool = Field(
        default=False,
        description="Whether the good rows are stored when others are bad; false: all rows or none.",
    )
    version: Version | None = Field(
        default=None,
        description="Version of the import session that the caller has seen: what others changed since is not undone but refused; null: whatever it is.",
    )

    @field_validator("items")
    @classmethod
    def _scattered(cls, items: list[ProfileRowIn]) -> list[ProfileRowIn]:
        refuse_colliding(row.candidate_id for row in items)
        return items


class RefusedRow(ResponseModel):
    """What is wrong with a row that was not stored."""

    pointer: str = Field(description="The field of the request, such as `/items/3/kvk_number`.")
    code: str = Field(description="What is wrong, for a program.")
    message: str = Field(description="What is wrong, in English.")


class ProfilesOut(ResponseModel):
    """The candidates as they are now."""

    items: list[CandidateOut] = Field(description="The candidates that were stored, in the order given.")
    errors: list[RefusedRow] = Field(
        description="With `partial`, what is wrong with rows that were not stored."
    )
    version: int = Field(description="Version of the import session now.")


@router.put(
    "/v1/import-sessions/{session_id}/profiles",
    operation_id="store_profiles",
    responses=problems(
        **SESSION_REFUSALS,
        already_imported=422,
        candidate_unknown=422,
        candidate_duplicate=422,
        **PROFILE_REFUSALS,
        version_unknown=422,
    ),
)
async def complete(
    session_id: SessionId, body: Profiles, principal: Importer, context: InContext
) -> ProfilesOut:
    """Store profiles of candidates, all or none; with `partial` the good rows. Candidates that are not named keep theirs."""
    rows = [ProfileRow(row.candidate_id, row.draft()) for row in body.items]
    async with context.unit_of_work.begin(principal.organisation) as tx:
        result = await store_profiles(
            tx, caller_of(principal), session_id, rows, version=body.version, partial=body.partial
        )
        stored = await tx.candidates.by_id(session_id, result.candidate_ids)
    return ProfilesOut(
        items=candidates_out(stored[each] for each in result.candidate_ids),
        errors=[RefusedRow.model_validate(each) for each in result.refused],
        version=result.version,
    )
