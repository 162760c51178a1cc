"""Refusals that name candidates."""

from collections.abc import Iterable

from import_svc.domain.candidate import Candidate
from koppel.kernel.errors import Conflict, FieldError


class CandidatesRefused(Conflict):
    """A confirm that selected candidates do not allow; `errors` names each by `/candidates/<id>`."""

    def __init__(self, code: str, detail: str, candidates: Iterable[Candidate], message: str) -> None:
        places = (FieldError(f"/candidates/{candidate.id}", message) for candidate in candidates)
        super().__init__(code, detail, tuple(places))


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


PROFILE_MISSING = "Give a KvK number, a sector, or a reason and a sector."
