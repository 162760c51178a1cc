"""The person's selection: always the whole of it."""

from collections.abc import Sequence
from uuid import UUID

from import_svc.application.find_session import lock_session
from import_svc.application.ports import Transaction
from import_svc.application.refusal import bad_candidate, refuse
from koppel.kernel.clock import Clock


async def select_candidates(
    transaction: Transaction, session_id: UUID, candidate_ids: Sequence[UUID], *, actor: str, clock: Clock
) -> None:
    """Exactly these are selected. Raises `InvalidInput` (`candidate_unknown`, `already_imported`), `Conflict`."""
    session = await lock_session(transaction, session_id)
    session.require_selecting(clock.now())
    known = await transaction.candidates.by_id(session_id, candidate_ids)
    refuse(
        [
            bad
            for place, each in enumerate(candidate_ids)
            for bad in bad_candidate(known, each, f"/candidate_ids/{place}")
        ],
        "selection_invalid",
    )
    await transaction.candidates.select(session_id, candidate_ids)
    await transaction.audit.record(
        organisation_id=session.organisation_id,
        actor=actor,
        action="import_session.selection_changed",
        target=f"import_session/{session_id}",
    )
