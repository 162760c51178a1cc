"""Completing candidates with KvK number, or reason, and sector."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from import_svc.application.find_session import lock_session
from import_svc.application.ports import Transaction
from import_svc.application.refusal import BadPlace, bad_candidate, bad_profile, refuse
from import_svc.domain.candidate import Candidate
from import_svc.domain.profile import ProfileDraft, faults, profile
from koppel.ports.caller import Caller


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One row of the person's list."""

    candidate_id: UUID
    draft: ProfileDraft


async def store_profiles(
    tx: Transaction, caller: Caller, session_id: UUID, rows: Sequence[ProfileRow]
) -> None:
    """Store all rows, or none: every bad row is named. Raises `InvalidInput`, `Conflict`."""
    session = await lock_session(tx, session_id)
    session.require_selecting(tx.now)
    known = await tx.candidates.by_id(session_id, [row.candidate_id for row in rows])
    refuse(list(_bad_places(rows, known)), "profile_invalid")
    await tx.candidates.store_profiles({row.candidate_id: profile(row.draft) for row in rows})
    await tx.registry.want([row.draft.kvk_number for row in rows if row.draft.kvk_number], tx.now)
    await tx.audit.record(
        organisation_id=session.organisation_id,
        actor=caller.actor,
        action="import_session.profiles_stored",
        target=f"import_session/{session_id}",
    )


def _bad_places(rows: Sequence[ProfileRow], known: Mapping[UUID, Candidate]) -> Iterator[BadPlace]:
    seen: set[UUID] = set()
    for place, row in enumerate(rows):
        pointer = f"/items/{place}"
        if row.candidate_id in seen:
            yield BadPlace("candidate_duplicate", f"{pointer}/candidate_id", "This candidate is named twice.")
        seen.add(row.candidate_id)
        yield from bad_candidate(known, row.candidate_id, f"{pointer}/candidate_id")
        yield from bad_profile(faults(row.draft), pointer)
