"""Completing candidates with KvK number, or reason, and sector."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from import_svc.application.find_session import lock_session
from import_svc.application.look_up_company import want_looked_up
from import_svc.application.ports import Transaction
from import_svc.application.record_act import record_act
from import_svc.application.refusal import BadPlace, bad_candidate, bad_profile, refuse
from import_svc.domain.candidate import Candidate
from import_svc.domain.profile import ProfileDraft, faults, profile
from import_svc.domain.refusals import CHANGED, PROFILE_CHANGED, profile_changed, refuse_changed
from koppel.ports.caller import Caller


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One row of the person's list."""

    candidate_id: UUID
    draft: ProfileDraft


@dataclass(frozen=True, slots=True)
class StoredProfiles:
    """The candidates that were stored, what was wrong with other rows, and the session's version now."""

    candidate_ids: Sequence[UUID]
    refused: Sequence[BadPlace]
    version: int


async def store_profiles(
    tx: Transaction,
    caller: Caller,
    session_id: UUID,
    rows: Sequence[ProfileRow],
    *,
    version: int | None = None,
    partial: bool = False,
) -> StoredProfiles:
    """Store all rows, or none: every bad row is named. `partial` stores the good ones and returns what is bad.

    `version` is the one that the person has seen. Raises `InvalidInput`, `Conflict`: also `import_session_changed`
    when rows would undo what somebody else stored since.
    """
    session = await lock_session(tx, session_id)
    session.require_selecting(tx.now)
    session.require_known(version)
    known = await tx.candidates.by_id(session_id, [row.candidate_id for row in rows])
    bad = _bad_rows(rows, known)
    undone = _undone(rows, known, version, bad)
    if not partial:
        refuse([place for each in bad.values() for place in each], "profile_invalid")
        refuse_changed(profile_changed(row.candidate_id for row in undone.values()))
    bad |= {place: [BadPlace(CHANGED, f"/items/{place}", PROFILE_CHANGED)] for place in undone}
    good = [row for place, row in enumerate(rows) if place not in bad]
    if good:
        await tx.candidates.store_profiles(
            {row.candidate_id: profile(row.draft) for row in good}, session.next_version
        )
        numbers = [row.draft.kvk_number for row in good if row.draft.kvk_number]
        await want_looked_up(tx, session.organisation_id, numbers)
        await record_act(tx, caller, session, "import_session.profiles_stored")
    return StoredProfiles(
        [row.candidate_id for row in good],
        [refused for place in sorted(bad) for refused in bad[place]],
        session.next_version if good else session.version,
    )


def _bad_rows(rows: Sequence[ProfileRow], known: Mapping[UUID, Candidate]) -> dict[int, list[BadPlace]]:
    """By place of the row."""
    seen: set[UUID] = set()
    bad: dict[int, list[BadPlace]] = {}
    for place, row in enumerate(rows):
        if found := list(_bad_places(row, f"/items/{place}", known, twice=row.candidate_id in seen)):
            bad[place] = found
        seen.add(row.candidate_id)
    return bad


def _bad_places(
    row: ProfileRow, pointer: str, known: Mapping[UUID, Candidate], *, twice: bool
) -> Iterator[BadPlace]:
    if twice:
        yield BadPlace("candidate_duplicate", f"{pointer}/candidate_id", "This candidate is named twice.")
    yield from bad_candidate(known, row.candidate_id, f"{pointer}/candidate_id")
    yield from bad_profile(faults(row.draft), pointer)


def _undone(
    rows: Sequence[ProfileRow],
    known: Mapping[UUID, Candidate],
    version: int | None,
    bad: Mapping[int, Sequence[BadPlace]],
) -> dict[int, ProfileRow]:
    """Good rows that would undo what was stored after `version`; one that says the same undoes nothing."""
    if version is None:
        return {}
    return {
        place: row
        for place, row in enumerate(rows)
        if place not in bad
        and known[row.candidate_id].profile_version > version
        and known[row.candidate_id].stored != profile(row.draft)
    }
