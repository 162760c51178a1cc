"""Refusals that name candidates."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from import_svc.domain.candidate import Candidate, CandidateVersions
from koppel.kernel.errors import Conflict, FieldError

CHANGED = "import_session_changed"
PROFILE_CHANGED = "Somebody changed its profile since that version."


class CandidatesRefused(Conflict):
    """A confirm that selected candidates do not allow; `errors` names each by `/candidates/<id>`."""

    def __init__(self, code: str, detail: str, candidates: Iterable[Candidate], message: str) -> None:
        places = (FieldError(f"/candidates/{candidate.id}", message) for candidate in candidates)
        super().__init__(code, detail, tuple(places))


def refuse_changed(changes: Iterable[FieldError]) -> None:
    """Raise `Conflict` (`import_session_changed`) when there is any."""
    if errors := tuple(changes):
        detail = "Somebody else changed what you are about to undo; look again. Nothing was stored."
        raise Conflict(CHANGED, detail, errors)


def selection_changed(
    changed: Iterable[CandidateVersions], since: int, wanted: Collection[UUID]
) -> Iterator[FieldError]:
    """Selections after that version that would be undone by selecting exactly `wanted`."""
    for each in changed:
        if each.selection > since and each.selected != (each.id in wanted):
            yield _selection_changed(each)


def profile_changed(candidate_ids: Iterable[UUID]) -> Iterator[FieldError]:
    """Profiles after the version that the person has seen."""
    for candidate_id in candidate_ids:
        yield FieldError(f"/candidates/{candidate_id}/profile", PROFILE_CHANGED)


def anything_changed(changed: Iterable[CandidateVersions], since: int) -> Iterator[FieldError]:
    """All that makes the import another than the one which was seen at that version."""
    for each in changed:
        if each.selection > since:
            yield _selection_changed(each)
        if each.selected and each.profile > since:
            yield from profile_changed([each.id])


def _selection_changed(candidate: CandidateVersions) -> FieldError:
    message = "Somebody selected it since." if candidate.selected else "Somebody deselected it since."
    return FieldError(f"/candidates/{candidate.id}/selected", message)


def profile_incomplete(candidates: Iterable[Candidate]) -> CandidatesRefused:
    """Selected candidates without KvK number and sector."""
    return CandidatesRefused(
        "profile_incomplete",
        "Some selected candidates have no profile yet; nothing was imported.",
        candidates,
        PROFILE_MISSING,
    )


def already_imported(candidates: Iterable[Candidate]) -> CandidatesRefused:
    """Selected candidates whose company the organisation has already."""
    return CandidatesRefused(
        "already_imported",
        "Some selected companies are administrations already; nothing was imported.",
        candidates,
        "This company is an administration of the organisation already.",
    )


def company_closed(candidates: Sequence[Candidate]) -> Conflict:
    """Selected candidates that the provider does not let anybody read any more; `errors` says why of each."""
    return Conflict(
        "company_closed",
        "Some selected companies cannot be read at the accounting package; nothing was imported.",
        tuple(
            FieldError(f"/candidates/{each.id}", each.closed.message, each.closed.code)
            for each in candidates
            if each.closed
        ),
    )


PROFILE_MISSING = "Give a KvK number, a sector, or a reason and a sector."
