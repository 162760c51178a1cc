"""A company that discovery found and that may be imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from import_svc.domain.company_check import Finding
from import_svc.domain.looks import SeenAs
from import_svc.domain.profile import Profile, SectorSource, completed, known_number, known_sector
from import_svc.domain.session import ImportSession
from import_svc.domain.trade_register import RegistryEntry
from koppel.contracts.values import Sector
from koppel.providers.company import Company, CompanyKind, CompanyStatus


class Closed(NamedTuple):
    """Why a company cannot be imported, whatever its profile."""

    code: str
    message: str


_CLOSED = {
    CompanyStatus.ARCHIVED: Closed("company_archived", "This company is archived at the accounting package."),
    CompanyStatus.SUSPENDED: Closed(
        "company_inactive", "This company is not active at the accounting package."
    ),
    CompanyStatus.BLOCKED: Closed("company_blocked", "This company is blocked at the accounting package."),
}
_GONE = Closed("company_gone", "The accounting package does not show this company any more.")
_WITHOUT_BOOKS = Closed(
    "company_without_books", "This is a client's file without books at the accounting package."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`kvk_number` and `provider_sector` are the provider's, `stored` is the person's, `administration_id` this import's.

    `registry` is what the trade register says of `number`; None while it was not asked. `profile_version` is the
    session's version that `stored` came with. `duplicates` are administrations of other companies with its number.
    `missing_scopes` is what the login did not allow (None: not known), `findings` what probes told (None: not yet).
    """

    id: UUID
    grant_id: UUID
    provider: str
    external_id: str
    name: str
    kvk_number: str | None
    vat_number: str | None
    provider_sector: Sector | None
    selected: bool
    stored: Profile | None
    already_imported: bool
    administration_id: UUID | None
    registry: RegistryEntry | None = None
    profile_version: int = 0
    duplicates: tuple[UUID, ...] = ()
    status: CompanyStatus = CompanyStatus.ACTIVE
    kind: CompanyKind = CompanyKind.BOOKS
    seen_as: SeenAs = SeenAs.NEW
    login_works: bool = True
    missing_scopes: tuple[str, ...] | None = None
    findings: tuple[Finding, ...] | None = None

    @property
    def closed(self) -> Closed | None:
        """Why its books cannot be read at the provider; None: they can, also those of the office itself."""
        if self.seen_as is SeenAs.GONE:
            return _GONE
        if self.status in _CLOSED:
            return _CLOSED[self.status]
        return _WITHOUT_BOOKS if self.kind is CompanyKind.DOSSIER else None

    @property
    def number(self) -> str | None:
        """The KvK number that it would be imported with."""
        return known_number(self.stored, self.kvk_number)

    @property
    def sector(self) -> Sector | None:
        """The sector that it would be imported with."""
        return self._known_sector[0]

    @property
    def sector_source(self) -> SectorSource | None:
        return self._known_sector[1]

    @property
    def registry_differs(self) -> list[str]:
        """What the register says otherwise, of `name` and `sector`."""
        if self.registry is None or self.registry.company is None:
            return []
        name = " ".join(self.registry.company.name.split()).casefold()
        proposed = self.registry.sector
        differs = {
            "name": name != " ".join(self.name.split()).casefold(),
            "sector": None not in (proposed, self.sector) and proposed != self.sector,
        }
        return [field for field, is_other in differs.items() if is_other]

    @property
    def _known_sector(self) -> tuple[Sector | None, SectorSource | None]:
        proposed = None if self.registry is None else self.registry.sector
        return known_sector(self.stored, self.provider_sector, proposed)

    @property
    def profile(self) -> Profile | None:
        """What it would be imported with; None while that is not enough."""
        return completed(self.stored, self.kvk_number, self.sector)


class CandidateOrder(StrEnum):
    """What candidates can be sorted by."""

    NAME = "name"


@dataclass(frozen=True, slots=True)
class CandidateVersions:
    """The versions of the session that last changed a candidate's selection and its profile."""

    id: UUID
    selected: bool
    selection: int
    profile: int


@dataclass(frozen=True, slots=True)
class CandidateCounts:
    """Of one session: found, selected, existing in the organisation, imported by this session, not shown by a wizard before."""

    candidates: int
    selected: int
    already_imported: int
    imported: int
    new: int = 0


class Candidates(Protocol):
    """Candidates of a session."""

    async def add(self, session: ImportSession, found: Sequence[tuple[UUID, Company]]) -> None:
        """(grant, company); a company known to the session keeps its candidate and grant, its facts are renewed."""
        ...

    async def page(
        self,
        session_id: UUID,
        after: UUID | None,
        limit: int,
        *,
        text: str | None = None,
        order: CandidateOrder | None = None,
    ) -> list[Candidate]:
        """Those with `text` in a name or number, behind the candidate `after`; in order of their ids, or in `order`."""
        ...

    async def count(self, session_id: UUID, text: str | None) -> int:
        """On all pages."""
        ...

    async def by_id(self, session_id: UUID, candidate_ids: Sequence[UUID]) -> dict[UUID, Candidate]: ...

    async def selected(self, session_id: UUID) -> list[Candidate]: ...

    async def imported(self, session_id: UUID) -> list[tuple[UUID, UUID]]:
        """(candidate, administration) of this session's import, in the candidates' order."""
        ...

    async def changed_since(self, session_id: UUID, version: int) -> list[CandidateVersions]:
        """Those whose selection or profile was changed after that version of the session."""
        ...

    async def select(self, session_id: UUID, candidate_ids: Sequence[UUID], version: int) -> None:
        """Exactly these are selected; those that were not, or are no more, were changed by `version`."""
        ...

    async def store_profiles(self, profiles: Mapping[UUID, Profile], version: int) -> None:
        """By candidate; changed by `version`."""
        ...

    async def mark_imported(self, administrations: Mapping[UUID, UUID]) -> None:
        """Administration by candidate."""
        ...

    async def counts(self, session_ids: Sequence[UUID]) -> Mapping[UUID, CandidateCounts]:
        """Of every session that is named."""
        ...
