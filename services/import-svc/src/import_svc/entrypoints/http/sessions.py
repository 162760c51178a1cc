"""Import sessions: the wizard's state."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from import_svc.application.find_session import find_session
from import_svc.application.ports import Transaction
from import_svc.application.start_import_session import await_connection, start_import_session
from import_svc.domain.candidate import CandidateCounts
from import_svc.domain.discovery import GrantDiscovery
from import_svc.domain.session import DiscoveryTally, ImportSession, SessionState
from import_svc.entrypoints.http.context import Importer, InContext, Reader
from koppel.contracts.values import Failure
from koppel.platform.http import (
    HONOURS_IDEMPOTENCY_KEY,
    RequestModel,
    ResponseModel,
    caller_of,
    idempotent,
    problems,
)

router = APIRouter(tags=["import sessions"])

SessionId = Annotated[UUID, Path(description="The import session.")]

_MOST_FAILURES = 100


class StartImport(RequestModel):
    """Which connection to import from."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"connection_id": "0198c0de-0000-7000-8000-000000000003"}]}
    )

    connection_id: UUID = Field(description="The connection to import from.")


class SessionStarted(ResponseModel):
    """A session whose discovery begins."""

    id: UUID = Field(description="The import session.")
    state: SessionState = Field(description="`discovering` until every login was asked.")
    connection_id: UUID = Field(description="The connection to import from.")
    created_at: datetime = Field(description="When it began.")
    expires_at: datetime = Field(description="When it ends by itself unless confirmed: a day later.")


class Counts(ResponseModel):
    """How many; `already_imported` are the organisation's administrations, `imported` those of this session."""

    grants: int = Field(description="Logins of the connection.")
    discovered: int = Field(description="Logins that were asked.")
    failed: int = Field(description="Logins that could not be asked.")
    candidates: int = Field(description="Companies that were found.")
    selected: int = Field(description="Candidates that are selected.")
    already_imported: int = Field(description="Candidates that are administrations already.")
    imported: int = Field(description="Candidates that this session imported.")


class GrantFailure(Failure):
    """Why a grant could not be discovered; with `next_attempt_at` it will be tried again."""

    grant_id: UUID = Field(description="The login that could not be asked.")
    attempts: int = Field(description="How often it was tried.")
    next_attempt_at: datetime | None = Field(description="When it is tried again; null: it is not.")


class SessionOut(ResponseModel):
    """`failure` when nothing could be discovered; `failures` name the first hundred grants that failed."""

    id: UUID = Field(description="The import session.")
    connection_id: UUID = Field(description="The connection to import from.")
    state: SessionState = Field(description="`discovering`, then `selecting` until it is confirmed or fails.")
    counts: Counts = Field(description="How much was found.")
    failure: Failure | None = Field(
        description="Why nothing could be discovered; null: something could, or it goes on."
    )
    failures: list[GrantFailure] = Field(description="The first hundred logins that could not be asked.")
    created_at: datetime = Field(description="When it began.")
    expires_at: datetime = Field(description="When it ends by itself unless confirmed: a day after it began.")


@router.post(
    "/v1/import-sessions",
    operation_id="start_import_session",
    status_code=201,
    response_model=SessionStarted,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
    responses=problems(connection_not_found=404, connection_revoked=409),
)
async def start(request: Request, body: StartImport, principal: Importer, context: InContext) -> Response:
    """Start an import session. Every login of the connection is asked for its companies."""
    await await_connection(context.unit_of_work, principal.organisation, body.connection_id, context.patience)
    async with context.unit_of_work.begin(principal.organisation) as tx:

        async def run() -> SessionStarted:
            session = await start_import_session(
                tx, caller_of(principal), body.connection_id, settle_window=context.settle_window
            )
            return SessionStarted.model_validate(session)

        answer = await idempotent(request, tx.connection, principal, body, run)
    context.wake()
    return answer


@router.get(
    "/v1/import-sessions/{session_id}",
    operation_id="get_import_session",
    responses=problems(import_session_not_found=404),
)
async def show(session_id: SessionId, principal: Reader, context: InContext) -> SessionOut:
    """Show where an import session stands."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        session = await find_session(tx, session_id)
        return await _session_out(tx, session)


async def _session_out(tx: Transaction, session: ImportSession) -> SessionOut:
    failures = await tx.discoveries.failures(session.id, _MOST_FAILURES)
    return SessionOut(
        id=session.id,
        connection_id=session.connection_id,
        state=session.state_at(tx.now),
        counts=_counts(await tx.discoveries.tally(session.id), await tx.candidates.counts(session.id)),
        failure=session.failure,
        failures=[failed for each in failures if (failed := _grant_failure(each)) is not None],
        created_at=session.created_at,
        expires_at=session.expires_at,
    )


def _counts(grants: DiscoveryTally, found: CandidateCounts) -> Counts:
    return Counts(
        grants=grants.grants,
        discovered=grants.discovered,
        failed=grants.failed,
        candidates=found.candidates,
        selected=found.selected,
        already_imported=found.already_imported,
        imported=found.imported,
    )


def _grant_failure(discovery: GrantDiscovery) -> GrantFailure | None:
    if discovery.failure is None:
        return None
    return GrantFailure(
        **discovery.failure.model_dump(),
        grant_id=discovery.grant_id,
        attempts=discovery.attempts,
        next_attempt_at=discovery.next_attempt_at if discovery.waits else None,
    )
