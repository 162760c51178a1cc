"""Confirming an import session."""

from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from import_svc.application.confirm_import import confirm_import
from import_svc.entrypoints.http.context import SESSION_REFUSALS, Importer, InContext, SessionId, Version
from koppel.platform.http import (
    HONOURS_IDEMPOTENCY_KEY,
    RequestModel,
    ResponseModel,
    caller_of,
    idempotent,
    problems,
)

router = APIRouter(tags=["import sessions"])


class Confirmation(RequestModel):
    """What the person has seen."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 4}]})

    version: Version | None = Field(
        default=None,
        description="Version of the import session that the caller has seen: nothing is imported when others changed the selection or a selected profile since; null: whatever it is.",
    )


class ImportedAdministration(ResponseModel):
    """The administration that came of a candidate."""

    id: UUID = Field(description="The new administration.")
    candidate_id: UUID = Field(description="The candidate that it was.")


class Confirmed(ResponseModel):
    """The import."""

    administrations: list[ImportedAdministration] = Field(
        description="The administrations that this import made."
    )


@router.post(
    "/v1/import-sessions/{session_id}/confirm",
    operation_id="confirm_import",
    status_code=202,
    response_model=Confirmed,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
    responses=problems(
        **SESSION_REFUSALS,
        nothing_selected=409,
        profile_incomplete=409,
        already_imported=409,
        company_closed=409,
        version_unknown=422,
    ),
)
async def confirm(
    request: Request,
    session_id: SessionId,
    principal: Importer,
    context: InContext,
    body: Confirmation | None = None,
) -> Response:
    """Import the selected candidates, all or none. A session that was imported answers the same again."""
    async with context.unit_of_work.begin(principal.organisation) as tx:

        async def run() -> Confirmed:
            version = None if body is None else body.version
            imported = await confirm_import(tx, caller_of(principal), session_id, version)
            return Confirmed(
                administrations=[
                    ImportedAdministration(id=administration_id, candidate_id=candidate_id)
                    for candidate_id, administration_id in imported
                ]
            )

        return await idempotent(request, tx.connection, principal, body, run, status=202)
