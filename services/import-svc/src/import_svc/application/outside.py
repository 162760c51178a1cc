"""What the use cases need beyond the database: the accounting packages."""

from typing import Protocol
from uuid import UUID

from koppel.providers.company import Company


class CompanySource(Protocol):
    """The companies behind a grant, asked at the package."""

    async def companies(self, provider: str, organisation_id: UUID, grant_id: UUID) -> list[Company]:
        """What the organisation's grant gives access to. Raises `DiscoveryFailed`."""
        ...
