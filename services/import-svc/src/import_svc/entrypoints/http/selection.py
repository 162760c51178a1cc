"""The selection of an import session."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from import_svc.application.select_candidates import select_candidates
from import_svc.entrypoints.http.context import SESSION_REFUSALS, Importer, InContext, SessionId, Version
from koppel.platform.http import SCATTERED, RequestModel, ResponseModel, caller_of, problems

router = APIRouter(tags=["import sessions"])


class Selection(RequestModel):
    """The whole selection: what is not named is not selected."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"candidate_ids": ["0198c0de-0000-7000-8000-000000000005"]}]}
    )

    candidate_ids: Annotated[list[UUID], Field(max_length=10_000), SCATTERED] = Field(
        description="All that shall be selected; an empty list selects none."
    )
    version: Version | None = Field(
        default=None,
        description="Version of the import session that the caller has seen: what others changed since is not undone but refused; null: whatever it is.",
    )


class SelectionOut(ResponseModel):
    """What is selected now."""

    candidate_ids: list[UUID] = Field(description="What is selected now, in the order given.")
    version: int = Field(description="Version of the import session now.")


@router.put(
    "/v1/import-sessions/{session_id}/selection",
    operation_id="select_candidates",
    responses=problems(
        **SESSION_REFUSALS,
        already_imported=422,
        company_archived=422,
        company_inactive=422,
        company_blocked=422,
        company_gone=422,
        company_without_books=422,
        candidate_unknown=422,
        candidate_duplicate=422,
        selection_invalid=422,
        version_unknown=422,
    ),
)
async def select(
    session_id: SessionId, body: Selection, principal: Importer, context: InContext
) -> SelectionOut:
    """Select exactly these candidates. What is not named is selected no more."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        version = await select_candidates(
            tx, caller_of(principal), session_id, body.candidate_ids, body.version
        )
    return SelectionOut(candidate_ids=list(dict.fromkeys(body.candidate_ids)), version=version)
