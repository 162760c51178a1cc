"""Finding import sessions of the caller's organisation."""

from uuid import UUID

from import_svc.application.ports import Transaction
from import_svc.domain.session import ImportSession, Purpose
from koppel.kernel.errors import NotFound


async def find_session(tx: Transaction, session_id: UUID) -> ImportSession:
    """Raises `NotFound` (`import_session_not_found`)."""
    session = await tx.sessions.find(session_id)
    if session is None or session.purpose is Purpose.LOOK:
        raise NotFound("import_session", session_id)
    return session


async def lock_session(tx: Transaction, session_id: UUID) -> ImportSession:
    """The same, owned until commit."""
    session = await tx.sessions.lock(session_id)
    if session is None or session.purpose is Purpose.LOOK:
        raise NotFound("import_session", session_id)
    return session
