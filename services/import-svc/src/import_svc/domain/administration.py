"""A company's books, imported."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from import_svc.domain.profile import Profile


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
    import_session_id: UUID
    imported_by: str
    imported_at: datetime
