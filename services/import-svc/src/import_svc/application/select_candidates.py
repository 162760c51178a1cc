"""The person's selection: always the whole of it."""

from collections.abc import Sequence
from uuid import UUID

from import_svc.application.find_session import lock_session
from import_svc.application.ports import Transaction
from import_svc.application.refusal import bad_candidate, refuse
from koppel.ports.caller import Caller


async def select_candidates(
    tx: Transaction, caller: Caller, session_id: UUID, candidate_ids: Sequence[UUID]
) -> None:
    """Exactly these are selected. Raises `InvalidInput` (`candidate_unknown`, `already_imported`), `Conflict`."""
    session = await lock_session(tx, session_id)
    session.require_selecting(tx.now)
    known = await tx.candidates.by_id(session_id, candidate_ids)
    refuse(
        [
            bad
            for place, each in enumerate(candidate_ids)
            for bad in bad_candidate(known, each, f"/candidate_ids/{place}")
        ],
        "selection_invalid",
    )
    await tx.candidates.select(session_id, candidate_ids)
    await tx.audit.record(
        organisation_id=session.organisation_id,
        actor=caller.actor,
        action="import_session.selection_changed",
        target=f"import_session/{session_id}",
    )
