"""Refusing rows of a request, every bad one by name."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from import_svc.domain.candidate import Candidate
from import_svc.domain.profile import ProfileFault
from koppel.kernel.errors import FieldError, InvalidInput


@dataclass(frozen=True, slots=True)
class BadPlace:
    """Something wrong at a place of the request body."""

    code: str
    pointer: str
    message: str


def refuse(places: Sequence[BadPlace], code: str) -> None:
    """Raise `InvalidInput` when there is any. Its code is that of the places when they share one, else `code`."""
    if not places:
        return
    codes = {place.code for place in places}
    detail = (
        places[0].message
        if len(places) == 1
        else "Some rows are not right, so nothing was stored; see errors."
    )
    raise InvalidInput(
        codes.pop() if len(codes) == 1 else code,
        detail,
        [FieldError(place.pointer, place.message, place.code) for place in places],
    )


def bad_candidate(known: Mapping[UUID, Candidate], candidate_id: UUID, pointer: str) -> Iterator[BadPlace]:
    """What is wrong with naming this candidate."""
    candidate = known.get(candidate_id)
    if candidate is None:
        yield BadPlace("candidate_unknown", pointer, "This is no candidate of the import session.")
    elif candidate.already_imported:
        yield BadPlace("already_imported", pointer, "This company is an administration already.")


def bad_choice(known: Mapping[UUID, Candidate], candidate_id: UUID, pointer: str) -> Iterator[BadPlace]:
    """What is wrong with selecting this candidate."""
    yield from bad_candidate(known, candidate_id, pointer)
    candidate = known.get(candidate_id)
    if candidate is not None and candidate.closed is not None:
        yield BadPlace(candidate.closed.code, pointer, candidate.closed.message)


def bad_profile(faults: Collection[ProfileFault], pointer: str) -> Iterator[BadPlace]:
    """The broken rules of a profile that stands at `pointer`."""
    for fault in faults:
        yield BadPlace(fault.code, f"{pointer}/{fault.field}" if fault.field else pointer, fault.message)
