"""Import sessions: the wizard's state."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from import_svc.application.find_session import find_session
from import_svc.application.ports import Transaction
from import_svc.application.start_import_session import await_connection, start_import_session
from import_svc.domain.candidate import CandidateCounts
from import_svc.domain.discovery import GrantDiscovery
from import_svc.domain.session import DiscoveryTally, ImportSession, SessionState
from import_svc.entrypoints.http.context import Importer, InContext, Reader, SessionId
from koppel.contracts.values import ACTOR, Failure
from koppel.platform.http import (
    HONOURS_IDEMPOTENCY_KEY,
    PageQuery,
    RequestModel,
    ResponseModel,
    caller_of,
    idempotent,
    paginate,
    problems,
)
from koppel.platform.http.lists import CountedPage, WithTotal

router = APIRouter(tags=["import sessions"])

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
    expires_at: datetime = Field(
        description="When it ends by itself unless somebody works on it: a week later."
    )


class Counts(ResponseModel):
    """How many; `already_imported` are the organisation's administrations, `imported` those of this session."""

    grants: int = Field(description="Logins of the connection.")
    discovered: int = Field(description="Logins that were asked.")
    failed: int = Field(description="Logins that could not be asked.")
    candidates: int = Field(description="Companies that were found.")
    selected: int = Field(description="Candidates that are selected.")
    already_imported: int = Field(description="Candidates that are administrations already.")
    imported: int = Field(description="Candidates that this session imported.")
    new: int = Field(description="Candidates that no import session had shown before.")


class GrantFailure(Failure):
    """Why a grant could not be discovered; with `next_attempt_at` it will be tried again."""

    grant_id: UUID = Field(description="The login that could not be asked.")
    attempts: int = Field(description="How often it was tried.")
    next_attempt_at: datetime | None = Field(description="When it is tried again; null: it is not.")


class ListedSession(ResponseModel):
    """`failure` when nothing could be discovered."""

    id: UUID = Field(description="The import session.")
    connection_id: UUID = Field(description="The connection to import from.")
    provider: str = Field(description="Id of the provider, its accounting package.")
    state: SessionState = Field(description="`discovering`, then `selecting` until it is confirmed or fails.")
    counts: Counts = Field(description="How much was found.")
    failure: Failure | None = Field(
        description="Why nothing could be discovered; null: something could, or it goes on."
    )
    version: int = Field(description="Rises by one with each act of a person.")
    created_at: datetime = Field(description="When it began.")
    created_by: str = Field(description=f"Who began it. {ACTOR}")
    expires_at: datetime = Field(
        description="When it ends by itself unless confirmed: a week after the last act of a person."
    )


class SessionOut(ListedSession):
    """The same with the first hundred logins that failed."""

    failures: list[GrantFailure] = Field(description="The first hundred logins that could not be asked.")


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


@router.get("/v1/import-sessions", operation_id="list_import_sessions")
async def list_sessions(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    *,
    connection_id: Annotated[
        UUID | None, Query(description="Only those of this connection; left out: of all.")
    ] = None,
    state: Annotated[
        SessionState | None, Query(description="Only those in this state; left out: in any.")
    ] = None,
    with_total: WithTotal = False,
) -> CountedPage[ListedSession]:
    """List the organisation's import sessions, newest first. One that is `selecting` can be taken up again."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        now = tx.now
        found = await tx.sessions.page(
            connection_id=connection_id,
            state=state,
            before=after and after[0],
            limit=page.fetch,
            now=now,
        )
        total = None
        if with_total:
            total = await tx.sessions.count(connection_id=connection_id, state=state, now=now)
        ids = [each.id for each in found]
        grants, candidates = await tx.discoveries.tallies(ids), await tx.candidates.counts(ids)
    listed = paginate(
        found,
        page,
        item=lambda each: ListedSession(**_facts(each, _counts(grants[each.id], candidates[each.id]), now)),
        key=lambda each: (each.id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


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
    found = await tx.candidates.counts([session.id])
    counts = _counts(await tx.discoveries.tally(session.id), found[session.id])
    return SessionOut(
        **_facts(session, counts, tx.now),
        failures=[failed for each in failures if (failed := _grant_failure(each)) is not None],
    )


def _facts(session: ImportSession, counts: Counts, now: datetime) -> dict[str, Any]:
    return {
        "id": session.id,
        "connection_id": session.connection_id,
        "provider": session.provider,
        "state": session.state_at(now),
        "counts": counts,
        "failure": session.failure,
        "version": session.version,
        "created_at": session.created_at,
        "created_by": session.created_by,
        "expires_at": session.expires_at,
    }


def _counts(grants: DiscoveryTally, found: CandidateCounts) -> Counts:
    return Counts(
        grants=grants.grants,
        discovered=grants.discovered,
        failed=grants.failed,
        candidates=found.candidates,
        selected=found.selected,
        already_imported=found.already_imported,
        imported=found.imported,
        new=found.new,
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
