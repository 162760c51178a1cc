"""A company's books, imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from import_svc.domain.profile import Profile, SectorSource
from koppel.providers.company import CompanyStatus


class AdministrationState(StrEnum):
    """`removed` ones are kept for history and not listed."""

    ACTIVE = "active"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """An imported company of an organisation. `duplicates` are others of it with the same KvK number.

    `status` is what the provider said last; `vanished_at` is since when it shows it no more.
    """

    id: UUID
    organisation_id: UUID
    connection_id: UUID
    grant_id: UUID
    provider: str
    external_id: str
    name: str
    state: AdministrationState
    profile: Profile
    sector_source: SectorSource | None = None
    import_session_id: UUID
    imported_by: str
    imported_at: datetime
    duplicates: tuple[UUID, ...] = ()
    status: CompanyStatus = CompanyStatus.ACTIVE
    vanished_at: datetime | None = None


class AdministrationOrder(StrEnum):
    """What administrations can be sorted by; a minus turns the order round."""

    NAME = "name"
    NAME_DOWN = "-name"
    IMPORTED_AT = "imported_at"
    IMPORTED_AT_DOWN = "-imported_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationFilter:
    """What a list is of; without `state` those that are not removed. `text` is in a name or number, `since` the earliest
    moment of the import. The one with `administration_id` is found in whichever state."""

    state: AdministrationState | None = None
    connection_id: UUID | None = None
    import_session_id: UUID | None = None
    text: str | None = None
    since: datetime | None = None
    administration_id: UUID | None = None


class Administrations(Protocol):
    """Imported administrations. Only `page` with that state, or for that one, finds removed ones."""

    async def add(self, administrations: Sequence[Administration]) -> set[UUID]:
        """Returns the ids that were added; the rest exist in the organisation as another administration."""
        ...

    async def find(self, administration_id: UUID) -> Administration | None: ...

    async def lock(self, administration_id: UUID) -> Administration | None: ...

    async def page(
        self, of: AdministrationFilter, order: AdministrationOrder | None, after: UUID | None, limit: int
    ) -> list[Administration]:
        """Behind the administration `after`; without `order` in that of their ids."""
        ...

    async def count(self, of: AdministrationFilter) -> int:
        """On all pages."""
        ...

    async def imported_by(self, session_id: UUID) -> list[Administration]:
        """All that the session imported, also those that were removed since, by name."""
        ...

    async def change_profile(
        self, administration_id: UUID, profile: Profile, sector_source: SectorSource | None
    ) -> None: ...

    async def rename(self, provider: str, names: Mapping[str, str]) -> dict[UUID, str]:
        """Names by external id; returns the new names of those that were called otherwise."""
        ...

    async def remove(self, administration_id: UUID, now: datetime) -> None: ...

    async def remove_of_connection(self, connection_id: UUID, now: datetime) -> list[tuple[UUID, UUID]]:
        """(administration, organisation) that were removed now."""
        ...
