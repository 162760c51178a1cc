"""Probes of a company at its provider: the first page of the listings that its profile names."""

from dataclasses import replace
from uuid import UUID

import httpx

from import_svc.adapters.companies import translated
from import_svc.adapters.connection_svc import DiscoveryTokens
from import_svc.adapters.permits import LEFT_TO_PEOPLE, spending
from import_svc.adapters.timed_call import timed_call
from import_svc.domain.company_check import Finding, empty, refused
from koppel.kernel.errors import Transient
from koppel.platform.telemetry import metrics
from koppel.ports.budget import Budget
from koppel.providers import failures
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.port import Provider, ProviderAccess
from koppel.providers.profile import Probe
from koppel.providers.reading import PageRequest
from koppel.providers.spending import Spending


class ProviderProbes:
    """A `CompanyProbes`. `http` is the client for providers."""

    def __init__(self, tokens: DiscoveryTokens, http: httpx.AsyncClient, budget: Budget) -> None:
        self._tokens = tokens
        self._http = http
        self._budget = budget

    async def findings(
        self, provider: str, organisation_id: UUID, grant_id: UUID, external_id: str
    ) -> list[Finding]:
        known = PROVIDERS[provider]
        issued = await self._tokens.issue(organisation_id, grant_id)
        access = replace(issued, company=external_id)
        found: list[Finding] = []
        async with spending(
            self._budget,
            provider,
            organisation_id,
            grant_id,
            company=external_id,
            reserve=LEFT_TO_PEOPLE,
        ) as calls:
            for probe in known.profile.probes:
                finding = await self._probe(calls, known, access, probe)
                if finding is not None and finding.check not in {each.check for each in found}:
                    found.append(finding)
                if finding is not None and finding.ends_the_probes:
                    break
        return found

    async def _probe(
        self, calls: Spending, provider: Provider, access: ProviderAccess, probe: Probe
    ) -> Finding | None:
        [listing] = [each for of in provider.listings.values() for each in of if each.name == probe.listing]
        try:
            page = await calls.call(listing.path, lambda: self._first_page(provider, access, listing))
        except ProviderFailure as failure:
            if isinstance(failure, Transient) or failure.kind is failures.UNAUTHORIZED:
                raise translated(failure) from None
            return refused(failure.as_contract(), listing.resource.value)
        some = page.records or page.broken or page.next
        return empty(listing.resource.value) if probe.never_empty and not some else None

    async def _first_page(self, provider: Provider, access: ProviderAccess, listing: Listing) -> Page:
        outcome = "answered"
        try:
            with timed_call(provider.profile.id, listing.path):
                return await provider.read(self._http, access, listing, PageRequest(size=1))
        except ProviderFailure as failure:
            outcome = failure.code
            raise
        finally:
            metrics.count(
                "koppel_provider_calls_total",
                provider=provider.profile.id,
                endpoint=listing.path,
                outcome=outcome,
            )
