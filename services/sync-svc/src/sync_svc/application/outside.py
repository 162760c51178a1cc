"""What the use cases need beyond the database and access tokens: the accounting packages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from koppel.contracts.values import ResourceName
from koppel.ports.access_token import AccessToken
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from sync_svc.domain.administration import Administration


class ProviderGateway(Protocol):
    """The accounting packages."""

    def listings(self, provider: str) -> Mapping[ResourceName, tuple[Listing, ...]] | None:
        """What the package offers, in order of reading; None for one that is not known."""
        ...

    async def page(
        self,
        administration: Administration,
        token: AccessToken,
        listing: Listing,
        *,
        number: int,
        since: datetime | None,
    ) -> Page:
        """One page. Raises `ProviderFailure`."""
        ...
