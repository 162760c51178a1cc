"""A run's calls on permits: the provider behind them is the same."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from koppel.contracts.values import ResourceName
from koppel.ports.access_token import AccessToken
from koppel.ports.budget import Budget, Spender
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, PageRequest, RemovalPage
from koppel.providers.spending import LOT, Spending
from sync_svc.application.outside import ProviderGateway
from sync_svc.domain.administration import Administration

EPOCH = "epoch"
"""The endpoint of that call."""


def spender_of(administration: Administration, endpoint: str = "") -> Spender:
    """Whose calls an administration's runs make."""
    return Spender(
        provider=administration.provider,
        organisation_id=administration.organisation_id,
        grant_id=administration.grant_id,
        endpoint=endpoint,
        company=administration.external_id,
        administration_id=administration.administration_id,
    )


@asynccontextmanager
async def on_permits(
    gateway: ProviderGateway,
    budget: Budget,
    administration: Administration,
    *,
    lot: int = LOT,
    reserve: float = 0.0,
) -> AsyncIterator[ProviderGateway]:
    """The gateway for one administration's run; what is left of its last lot is given back.

    `reserve` is the part of each window that is left for others. Every call raises `BudgetExhausted` besides, and was not made then.
    """
    calls = Spending(budget, spender_of(administration), lot=lot, reserve=reserve)
    try:
        yield _OnPermits(gateway, calls)
    finally:
        await calls.close()


class _OnPermits:
    """Implements `ProviderGateway`."""

    def __init__(self, gateway: ProviderGateway, calls: Spending) -> None:
        self._gateway = gateway
        self._calls = calls

    def listings(self, provider: str) -> Mapping[ResourceName, tuple[Listing, ...]] | None:
        return self._gateway.listings(provider)

    def has_epochs(self, provider: str) -> bool:
        return self._gateway.has_epochs(provider)

    async def epoch(self, administration: Administration, token: AccessToken) -> str | None:
        if not self._gateway.has_epochs(administration.provider):
            return None
        return await self._calls.call(EPOCH, lambda: self._gateway.epoch(administration, token))

    async def read(
        self, administration: Administration, token: AccessToken, listing: Listing, ask: PageRequest
    ) -> Page:
        return await self._calls.call(
            listing.path, lambda: self._gateway.read(administration, token, listing, ask)
        )

    async def versions(
        self, administration: Administration, token: AccessToken, listing: Listing
    ) -> Mapping[str, str]:
        return await self._calls.call(
            listing.path, lambda: self._gateway.versions(administration, token, listing)
        )

    async def fetch(
        self, administration: Administration, token: AccessToken, listing: Listing, ids: Sequence[str]
    ) -> Page:
        return await self._calls.call(
            listing.path, lambda: self._gateway.fetch(administration, token, listing, ids)
        )

    async def removed(
        self, administration: Administration, token: AccessToken, feed: Feed, ask: PageRequest
    ) -> RemovalPage:
        return await self._calls.call(
            feed.name, lambda: self._gateway.removed(administration, token, feed, ask)
        )
