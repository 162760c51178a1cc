"""A company that discovery found and that may be imported."""

from dataclasses import dataclass
from uuid import UUID

from import_svc.domain.profile import Profile, completed
from koppel.contracts.values import Sector


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
