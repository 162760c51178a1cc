"""The providers, through the shared provider layer."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpx

from koppel.contracts.values import ResourceName
from koppel.platform.telemetry import metrics
from koppel.ports.access_token import AccessToken
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.port import Provider, ProviderAccess
from koppel.providers.reading import Feed, PageRequest, RemovalPage
from sync_svc.domain.administration import Administration


class Providers:
    """Implements `ProviderGateway`; every call is counted and timed."""

    def __init__(self, http: httpx.AsyncClient, providers: Mapping[str, Provider] = PROVIDERS) -> None:
        self._http = http
        self._providers = providers

    def listings(self, provider: str) -> Mapping[ResourceName, tuple[Listing, ...]] | None:
        found = self._providers.get(provider)
        return None if found is None else found.listings

    def has_epochs(self, provider: str) -> bool:
        found = self._providers.get(provider)
        return found is not None and found.profile.epochs

    async def epoch(self, administration: Administration, token: AccessToken) -> str | None:
        with self._call(administration, "epoch") as provider:
            return await provider.epoch(self._http, _access(administration, token))

    async def read(
        self, administration: Administration, token: AccessToken, listing: Listing, ask: PageRequest
    ) -> Page:
        with self._call(administration, listing.path) as provider:
            return await provider.read(self._http, _access(administration, token), listing, ask)

    async def versions(
        self, administration: Administration, token: AccessToken, listing: Listing
    ) -> Mapping[str, str]:
        with self._call(administration, listing.path) as provider:
            return await provider.versions(self._http, _access(administration, token), listing)

    async def fetch(
        self, administration: Administration, token: AccessToken, listing: Listing, ids: Sequence[str]
    ) -> Page:
        with self._call(administration, listing.path) as provider:
            return await provider.fetch(self._http, _access(administration, token), listing, ids)

    async def removed(
        self, administration: Administration, token: AccessToken, feed: Feed, ask: PageRequest
    ) -> RemovalPage:
        with self._call(administration, feed.name) as provider:
            return await provider.removed(self._http, _access(administration, token), feed, ask)

    @contextmanager
    def _call(self, administration: Administration, endpoint: str) -> Iterator[Provider]:
        started, outcome, name = time.perf_counter(), "ok", administration.provider
        try:
            yield self._providers[name]
        except ProviderFailure as problem:
            outcome = problem.code
            raise
        finally:
            seconds = time.perf_counter() - started
            metrics.observe("koppel_provider_call_seconds", seconds, provider=name, endpoint=endpoint)
            metrics.count("koppel_provider_calls_total", provider=name, endpoint=endpoint, outcome=outcome)


def _access(administration: Administration, token: AccessToken) -> ProviderAccess:
    return ProviderAccess(token.access_token, token.api_base_url, administration.external_id, token.headers)
