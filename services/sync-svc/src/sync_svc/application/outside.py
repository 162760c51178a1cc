"""What the use cases need beyond the database and access tokens: the providers."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from koppel.contracts.values import ResourceName
from koppel.ports.access_token import AccessToken
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, PageRequest, RemovalPage
from sync_svc.domain.administration import Administration


class ProviderGateway(Protocol):
    """The providers. Every coroutine is one call and raises `ProviderFailure`."""

    def listings(self, provider: str) -> Mapping[ResourceName, tuple[Listing, ...]] | None:
        """What the provider offers, in order of reading; None for one that is not known."""
        ...

    def has_epochs(self, provider: str) -> bool:
        """Whether its companies have epochs, so that asking for one is a call."""
        ...

    async def epoch(self, administration: Administration, token: AccessToken) -> str | None:
        """Text that changes when all cursors of the company became worthless; None where there is no such thing."""
        ...

    async def read(
        self, administration: Administration, token: AccessToken, listing: Listing, ask: PageRequest
    ) -> Page:
        """One page."""
        ...

    async def versions(
        self, administration: Administration, token: AccessToken, listing: Listing
    ) -> Mapping[str, str]:
        """Every id of the listing with its version."""
        ...

    async def fetch(
        self, administration: Administration, token: AccessToken, listing: Listing, ids: Sequence[str]
    ) -> Page:
        """These items; an id that is not in the answer is gone."""
        ...

    async def removed(
        self, administration: Administration, token: AccessToken, feed: Feed, ask: PageRequest
    ) -> RemovalPage:
        """One page of a feed of removals."""
        ...
