"""The person's selection: always the whole of it."""

from collections.abc import Sequence
from uuid import UUID

from import_svc.application.find_session import lock_session
from import_svc.application.ports import Transaction
from import_svc.application.record_act import record_act
from import_svc.application.refusal import bad_choice, refuse
from import_svc.domain.refusals import refuse_changed, selection_changed
from koppel.ports.caller import Caller


async def select_candidates(
    tx: Transaction,
    caller: Caller,
    session_id: UUID,
    candidate_ids: Sequence[UUID],
    version: int | None = None,
) -> int:
    """Exactly these are selected; returns the session's new version. `version` is the one that the person has seen.

    Raises `InvalidInput` (`candidate_unknown`, `already_imported`, `company_…`, `version_unknown`), `Conflict`: also
    `import_session_changed` when it would undo what somebody else selected or deselected since that version.
    """
    session = await lock_session(tx, session_id)
    session.require_selecting(tx.now)
    session.require_known(version)
    known = await tx.candidates.by_id(session_id, candidate_ids)
    refuse(
        [
            bad
            for place, each in enumerate(candidate_ids)
            for bad in bad_choice(known, each, f"/candidate_ids/{place}")
        ],
        "selection_invalid",
    )
    if version is not None:
        changed = await tx.candidates.changed_since(session_id, version)
        refuse_changed(selection_changed(changed, version, set(candidate_ids)))
    await tx.candidates.select(session_id, candidate_ids, session.next_version)
    await record_act(tx, caller, session, "import_session.selection_changed")
    return session.next_version
