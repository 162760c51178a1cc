"""A company that discovery found and that may be imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from import_svc.domain.profile import Profile, completed
from import_svc.domain.session import ImportSession
from koppel.contracts.values import Sector
from koppel.providers.company import Company


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`kvk_number` and `sector` are the package's, `stored` is the person's, `administration_id` this import's."""

    id: UUID
    grant_id: UUID
    provider: str
    external_id: str
    name: str
    kvk_number: str | None
    vat_number: str | None
    sector: Sector | None
    selected: bool
    stored: Profile | None
    already_imported: bool
    administration_id: UUID | None

    @property
    def profile(self) -> Profile | None:
        """What it would be imported with; None while that is not enough."""
        return completed(self.stored, self.kvk_number, self.sector)


@dataclass(frozen=True, slots=True)
class CandidateCounts:
    """Of one session: found, selected, existing in the organisation, imported by this session."""

    candidates: int
    selected: int
    already_imported: int
    imported: int


class Candidates(Protocol):
    """Candidates of a session."""

    async def add(self, session: ImportSession, found: Sequence[tuple[UUID, Company]]) -> None:
        """(grant, company); a company known to the session keeps its candidate and grant, its facts are renewed."""
        ...

    async def page(self, session_id: UUID, after: UUID | None, limit: int) -> list[Candidate]: ...

    async def by_id(self, session_id: UUID, candidate_ids: Sequence[UUID]) -> dict[UUID, Candidate]: ...

    async def selected(self, session_id: UUID) -> list[Candidate]: ...

    async def imported(self, session_id: UUID) -> list[tuple[UUID, UUID]]:
        """(candidate, administration) of this session's import, in the candidates' order."""
        ...

    async def select(self, session_id: UUID, candidate_ids: Sequence[UUID]) -> None:
        """Exactly these are selected."""
        ...

    async def store_profiles(self, profiles: Mapping[UUID, Profile]) -> None: ...

    async def mark_imported(self, administrations: Mapping[UUID, UUID]) -> None:
        """Administration by candidate."""
        ...

    async def counts(self, session_id: UUID) -> CandidateCounts: ...
