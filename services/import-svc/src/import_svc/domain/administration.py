"""A company's books, imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from import_svc.domain.profile import Profile, SectorSource


class AdministrationState(StrEnum):
    """`removed` ones are kept for history and shown to nobody."""

    ACTIVE = "active"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """An imported company of an organisation."""

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


class Administrations(Protocol):
    """Imported administrations. Removed ones are found by nobody but `page` with that state."""

    async def add(self, administrations: Sequence[Administration]) -> set[UUID]:
        """Returns the ids that were added; the rest exist in the organisation as another administration."""
        ...

    async def find(self, administration_id: UUID) -> Administration | None: ...

    async def lock(self, administration_id: UUID) -> Administration | None: ...

    async def page(
        self,
        *,
        state: AdministrationState | None,
        connection_id: UUID | None,
        after: UUID | None,
        limit: int,
    ) -> list[Administration]:
        """In the order of their ids; without `state` those that are not removed."""
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
