"""The accounting packages (providers) through the shared provider layer."""

import time
from collections.abc import Mapping
from datetime import datetime

import httpx

from koppel.contracts.values import ResourceName
from koppel.platform.telemetry import metrics
from koppel.ports.access_token import AccessToken
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.port import Provider, ProviderAccess
from koppel.providers.reading import PageRequest, Watermark, WatermarkKind
from sync_svc.domain.administration import Administration


class Providers:
    """Implements `ProviderGateway`; every call is counted and timed."""

    def __init__(self, http: httpx.AsyncClient, providers: Mapping[str, Provider] = PROVIDERS) -> None:
        self._http = http
        self._providers = providers

    def listings(self, provider: str) -> Mapping[ResourceName, tuple[Listing, ...]] | None:
        found = self._providers.get(provider)
        return None if found is None else found.listings

    async def page(
        self,
        administration: Administration,
        token: AccessToken,
        listing: Listing,
        *,
        number: int,
        since: datetime | None,
    ) -> Page:
        access = ProviderAccess(token.access_token, token.api_base_url, administration.external_id)
        ask = PageRequest(
            continuation=None if number == 1 else str(number),
            since=None if since is None else Watermark(WatermarkKind.INSTANT, since.isoformat()),
            size=listing.page_size,
        )
        started, outcome = time.perf_counter(), "ok"
        try:
            return await self._providers[administration.provider].read(self._http, access, listing, ask)
        except ProviderFailure as problem:
            outcome = problem.code
            raise
        finally:
            seconds, package = time.perf_counter() - started, administration.provider
            metrics.observe("koppel_provider_call_seconds", seconds, provider=package, endpoint=listing.path)
            metrics.count(
                "koppel_provider_calls_total", provider=package, endpoint=listing.path, outcome=outcome
            )
