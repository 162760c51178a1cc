"""Discovery: every grant of the session's connection is asked for its companies.

The provider is called between two transactions, for one page of each grant. What is found is written in bulk, so a
thousand grants cost a few dozen statements; a worker that takes over asks only the pages that were not stored.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from import_svc.application.ask_grants import DiscoveryLimits, DiscoveryResult, ask_grants
from import_svc.application.daily_look import end_look, note_look
from import_svc.application.look_up_company import want_looked_up
from import_svc.application.move_administrations import note_discovered
from import_svc.application.outside import CompanySource
from import_svc.application.ports import Transaction
from import_svc.application.rename_administrations import rename_administrations
from import_svc.domain.discovery import GrantDiscovery
from import_svc.domain.looks import CompanyNumbers
from import_svc.domain.session import OPEN, ImportSession, Purpose, SessionState, next_step
from koppel.kernel.clock import Clock
from koppel.ports.transaction import LeasedWork

ACTOR = "service:import-svc"
_AT_ONCE = {Purpose.IMPORT: 100, Purpose.LOOK: 1}
"""Grants between two writes, a page of each: what a takeover may ask again, and how often progress shows. A look that
nobody waits for asks one, and pauses."""


async def discover_session(
    session_id: UUID,
    work: LeasedWork[Transaction],
    source: CompanySource,
    limits: DiscoveryLimits,
    clock: Clock,
) -> None:
    """Ask all grants that are due, then say what becomes of the session. Raises `Conflict` when ownership is lost."""
    known: Mapping[str, CompanyNumbers] | None = None
    while True:
        async with work.begin() as tx:
            session = await tx.sessions.lock(session_id)
            due = [] if session is None else await _due(tx, session, limits.look_every)
            if session is not None and known is None:  # once: what is asked from here on is not asked twice
                known = await tx.seen_companies.known(session, tx.now)
        if session is None or known is None or not due:
            return
        result = await ask_grants(session, due, source, limits, clock, known=known)
        if session.purpose is Purpose.LOOK and result.paused_until is None:
            pause = limits.look_pauses.get(session.provider, timedelta(0))
            result.paused_until = clock.now() + pause * result.calls
        async with work.begin() as tx:
            await _keep(tx, session_id, result, known)


async def _due(tx: Transaction, session: ImportSession, look_every: timedelta) -> Sequence[GrantDiscovery]:
    """The next grants to ask; when there are none, the session has taken its next step."""
    state = session.state_at(tx.now)
    if state not in OPEN:
        await tx.sessions.advance(session.id, session.moved(state), session.failure, None)
        return []
    await tx.discoveries.add_missing(session, tx.now)
    due = await tx.discoveries.due(session.id, tx.now, _AT_ONCE[session.purpose])
    if not due:
        await _advance(tx, session, look_every)
    return due


async def _advance(tx: Transaction, session: ImportSession, look_every: timedelta) -> None:
    step = next_step(session, await tx.discoveries.tally(session.id), tx.now)
    if step.state is not session.state and step.state is not SessionState.FAILED:
        await end_look(tx, session, look_every)
    if step.state is SessionState.SELECTING:
        await tx.company_checks.want(session, tx.now)
    await tx.sessions.advance(session.id, session.moved(step.state), step.failure, step.due_at)
    if step.state is not session.state and session.purpose is Purpose.IMPORT:
        await tx.audit.record(
            organisation_id=session.organisation_id,
            actor=ACTOR,
            action=f"import_session.{step.state}",
            target=f"import_session/{session.id}",
        )


async def _keep(tx: Transaction, session_id: UUID, result: DiscoveryResult, known: Collection[str]) -> None:
    session = await tx.sessions.lock(session_id)
    if session is None or session.state not in OPEN:
        return
    await tx.candidates.add(session, result.found)
    await note_look(tx, session, result.found, known)
    numbers = [each.kvk_number for _, each in result.found if each.kvk_number]
    await want_looked_up(tx, session.organisation_id, numbers)
    await tx.discoveries.put(session_id, result.discoveries)
    await rename_administrations(tx, session, result.found)
    await note_discovered(tx, session, result.found)
    if result.paused_until is not None:
        await tx.discoveries.postpone(session_id, result.paused_until)
