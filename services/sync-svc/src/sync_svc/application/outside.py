"""What the use cases need beyond the database: access tokens, and the accounting packages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from koppel.contracts.values import Failure, ResourceName
from koppel.kernel.errors import Permanent
from koppel.ports.access_token import AccessToken
from koppel.providers.listed_records import Listing, Page
from sync_svc.domain.administration import Administration


class LendingRefused(Permanent):
    """connection-svc lends no token for this grant; `failure` says who must act."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code, failure.detail)
        self.failure = failure


class TokenLender(Protocol):
    """Access tokens of connection-svc."""

    async def lend(
        self, organisation_id: UUID, grant_id: UUID, *, rejected: str | None = None
    ) -> AccessToken:
        """A valid token of the organisation's grant; `rejected` is one that the package refused, so another is needed.

        Raises `LendingRefused`, or `Transient` while connection-svc cannot be asked.
        """
        ...


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
        changed_since: datetime | None,
    ) -> Page:
        """One page. Raises `ProviderFailure`."""
        ...
