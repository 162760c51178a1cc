"""What an import brought: the last screen of the wizard."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from import_svc.application.find_session import find_session
from import_svc.application.ports import Transaction
from import_svc.domain.administration import Administration, AdministrationState
from import_svc.domain.session import SessionState
from koppel.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """The administrations that are still there, by name, and who imported when."""

    administrations: list[Administration]
    imported_at: datetime
    imported_by: str


async def summarise_import(tx: Transaction, session_id: UUID) -> ImportSummary:
    """Raises `NotFound`, `Conflict` (`import_session_not_imported`)."""
    session = await find_session(tx, session_id)
    imported = await tx.administrations.imported_by(session_id)
    if session.state is not SessionState.IMPORTED or not imported:
        state = session.state_at(tx.now)
        raise Conflict("import_session_not_imported", f"The import session is {state}; it imported nothing.")
    left = [each for each in imported if each.state is not AdministrationState.REMOVED]
    return ImportSummary(left, imported[0].imported_at, imported[0].imported_by)
