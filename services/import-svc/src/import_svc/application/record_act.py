"""A person's act in the wizard."""

from import_svc.application.ports import Transaction
from import_svc.domain.session import LIFETIME, ImportSession
from koppel.ports.caller import Caller


async def record_act(tx: Transaction, caller: Caller, session: ImportSession, action: str) -> None:
    """Raises the session's version, extends it by a week, and writes an audit row."""
    await tx.sessions.acted(session.id, session.next_version, tx.now + LIFETIME)
    await tx.audit.record(
        organisation_id=session.organisation_id,
        actor=caller.actor,
        action=action,
        target=f"import_session/{session.id}",
    )
