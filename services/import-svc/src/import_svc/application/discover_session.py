"""Discovery: every grant of the session's connection is asked for its companies.

The package is called between two transactions. What is found is written in bulk, so a thousand grants cost a few
dozen statements; a worker that takes over asks only the grants without a result.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from import_svc.application.ask_grants import DiscoveryLimits, Harvest, ask_grants
from import_svc.application.ports import CompanySource, OwnedWork, Transaction
from import_svc.application.rename_administrations import rename_administrations
from import_svc.domain.discovery import GrantDiscovery
from import_svc.domain.session import OPEN, ImportSession, next_step
from koppel.kernel.clock import Clock

ACTOR = "service:import-svc"
_AT_ONCE = 100
"""Grants between two writes: what a takeover may ask again, and how often progress shows."""


async def discover_session(
    session_id: UUID, work: OwnedWork, source: CompanySource, limits: DiscoveryLimits, clock: Clock
) -> None:
    """Ask all grants that are due, then say what becomes of the session. Raises `Conflict` when ownership is lost."""
    while not work.lost.is_set():
        async with work.begin() as transaction:
            session = await transaction.sessions.lock(session_id)
            due = [] if session is None else await _due(transaction, session, clock.now())
        if session is None or not due:
            return
        harvest = await ask_grants(session, due, source, limits, clock)
        async with work.begin() as transaction:
            await _keep(transaction, session_id, harvest, clock.now())


async def _due(transaction: Transaction, session: ImportSession, now: datetime) -> Sequence[GrantDiscovery]:
    """The next grants to ask; when there are none, the session has taken its next step."""
    state = session.state_at(now)
    if state not in OPEN:
        await transaction.sessions.advance(session.id, state, session.failure, None)
        return []
    await transaction.discoveries.add_missing(session, now)
    due = await transaction.discoveries.due(session.id, now, _AT_ONCE)
    if not due:
        await _advance(transaction, session, now)
    return due


async def _advance(transaction: Transaction, session: ImportSession, now: datetime) -> None:
    step = next_step(session, await transaction.discoveries.tally(session.id), now)
    await transaction.sessions.advance(session.id, step.state, step.failure, step.due_at)
    if step.state is not session.state:
        await transaction.audit.record(
            organisation_id=session.organisation_id,
            actor=ACTOR,
            action=f"import_session.{step.state}",
            target=f"import_session/{session.id}",
        )


async def _keep(transaction: Transaction, session_id: UUID, harvest: Harvest, now: datetime) -> None:
    session = await transaction.sessions.lock(session_id)
    if session is None or session.state not in OPEN:
        return
    await transaction.candidates.add(session, harvest.found)
    await transaction.discoveries.put(session_id, harvest.discoveries)
    await rename_administrations(transaction, session, harvest.found, now)
    if harvest.paused_until is not None:
        await transaction.discoveries.postpone(session_id, harvest.paused_until)
