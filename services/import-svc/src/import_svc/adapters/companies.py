"""The companies behind a grant, asked at its package with an access token."""

from uuid import UUID

import httpx

from import_svc.adapters.connection_svc import DiscoveryTokens
from import_svc.domain.discovery import DiscoveryFailed
from koppel.contracts.failures import UNKNOWN_PROVIDER
from koppel.kernel.errors import Transient
from koppel.platform.telemetry import metrics
from koppel.providers import failures
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.company import Company
from koppel.providers.failures import ProviderFailure
from koppel.providers.port import Provider, ProviderAccess

_ENDPOINT = "companies"


class PackageCompanies:
    """A `CompanySource`. `http` is the client for accounting packages."""

    def __init__(self, tokens: DiscoveryTokens, http: httpx.AsyncClient) -> None:
        self._tokens = tokens
        self._http = http

    async def companies(self, provider: str, organisation_id: UUID, grant_id: UUID) -> list[Company]:
        try:
            found = await self._ask(provider, organisation_id, grant_id)
        except DiscoveryFailed as error:
            metrics.count("koppel_discoveries_total", provider=provider, outcome=error.code)
            raise
        metrics.count("koppel_discoveries_total", provider=provider, outcome="discovered")
        return found

    async def _ask(self, provider: str, organisation_id: UUID, grant_id: UUID) -> list[Company]:
        package = PROVIDERS.get(provider)
        if package is None:
            raise DiscoveryFailed(UNKNOWN_PROVIDER, transient=False)
        access = await self._tokens.issue(organisation_id, grant_id)
        try:
            return await self._call(package, access)
        except ProviderFailure as failure:
            if failure.kind is not failures.UNAUTHORIZED:
                raise _translated(failure) from None
        # The token may have been withdrawn before its time: one fresh one is worth a try.
        access = await self._tokens.issue(organisation_id, grant_id, rejected=access.access_token)
        try:
            return await self._call(package, access)
        except ProviderFailure as failure:
            raise _translated(failure) from None

    async def _call(self, package: Provider, access: ProviderAccess) -> list[Company]:
        outcome = "answered"
        try:
            return await _all(package, self._http, access)
        except ProviderFailure as failure:
            outcome = failure.code
            raise
        finally:
            metrics.count(
                "koppel_provider_calls_total",
                provider=package.profile.id,
                endpoint=_ENDPOINT,
                outcome=outcome,
            )


async def _all(package: Provider, http: httpx.AsyncClient, access: ProviderAccess) -> list[Company]:
    page = await package.discover(http, access, None)
    found = list(page.companies)
    while page.next is not None:
        page = await package.discover(http, access, page.next)
        found += page.companies
    return found


def _translated(failure: ProviderFailure) -> DiscoveryFailed:
    return DiscoveryFailed(
        failure.as_contract(),
        transient=isinstance(failure, Transient),
        retry_after=failure.retry_after,
        paces=failure.kind is failures.RATE_LIMITED,
    )
