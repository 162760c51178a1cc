"""The companies behind a grant, asked at its provider with an access token."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

import httpx

from import_svc.adapters.company_parts import (
    DETAILS_AT_ONCE,
    DETAILS_OF_A_LOOK,
    Place,
    has_details,
    part_of,
)
from import_svc.adapters.connection_svc import DiscoveryTokens
from import_svc.adapters.permits import COMPANIES, COMPANY, LEFT_TO_PEOPLE, spending
from import_svc.adapters.timed_call import timed_call
from import_svc.application.outside import FoundCompanies
from import_svc.domain.discovery import DiscoveryFailed
from import_svc.domain.looks import NOTHING_KNOWN, CompanyNumbers
from koppel.contracts.failures import UNKNOWN_PROVIDER
from koppel.kernel.errors import Transient
from koppel.platform.telemetry import metrics
from koppel.ports.budget import Budget, BudgetExhausted
from koppel.providers import failures
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.company import Company
from koppel.providers.failures import ProviderFailure
from koppel.providers.port import CompanyPage, Provider, ProviderAccess
from koppel.providers.spending import LOT, Spending


class ProviderCompanies:
    """A `CompanySource`. `http` is the client for providers."""

    def __init__(self, tokens: DiscoveryTokens, http: httpx.AsyncClient, budget: Budget) -> None:
        self._tokens = tokens
        self._http = http
        self._budget = budget

    async def companies(
        self,
        provider: str,
        organisation_id: UUID,
        grant_id: UUID,
        continuation: str | None,
        *,
        known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN,
        is_look: bool = False,
    ) -> FoundCompanies:
        asking = _Asking(Place.of(continuation), known, is_look)
        try:
            found = await self._ask(provider, organisation_id, grant_id, asking)
        except DiscoveryFailed as error:
            metrics.count("koppel_discoveries_total", provider=provider, outcome=error.code)
            raise
        if found.next is None:
            metrics.count("koppel_discoveries_total", provider=provider, outcome="discovered")
        return found

    async def _ask(
        self, provider: str, organisation_id: UUID, grant_id: UUID, asking: "_Asking"
    ) -> FoundCompanies:
        source = PROVIDERS.get(provider)
        if source is None:
            raise DiscoveryFailed(UNKNOWN_PROVIDER, transient=False)
        access = await self._tokens.issue(organisation_id, grant_id)
        lot = LOT if has_details(source) else 1
        async with spending(
            self._budget,
            provider,
            organisation_id,
            grant_id,
            company=_counted_for(source, asking.place),
            lot=lot,
            reserve=LEFT_TO_PEOPLE if asking.is_look else 0.0,
        ) as permits:
            try:
                return await self._call(permits, source, access, asking)
            except ProviderFailure as failure:
                if failure.kind is not failures.UNAUTHORIZED:
                    raise translated(failure) from None
            # The token may have been withdrawn early: try once with a new one.
            access = await self._tokens.issue(organisation_id, grant_id, rejected=access.access_token)
            try:
                return await self._call(permits, source, access, asking)
            except ProviderFailure as failure:
                raise translated(failure) from None

    async def _call(
        self, permits: Spending, source: Provider, access: ProviderAccess, asking: "_Asking"
    ) -> FoundCompanies:
        outcome = "answered"
        try:
            page = await permits.call(COMPANIES, lambda: self._page(source, access, asking))
            if not has_details(source):
                return FoundCompanies(page.companies, page.next)
            return await self._with_details(permits, source, access, page, asking)
        except ProviderFailure as failure:
            outcome = failure.code
            raise
        finally:
            metrics.count(
                "koppel_provider_calls_total",
                provider=source.profile.id,
                endpoint=COMPANIES,
                outcome=outcome,
            )

    async def _page(self, source: Provider, access: ProviderAccess, asking: "_Asking") -> CompanyPage:
        with timed_call(source.profile.id, COMPANIES):
            return await source.discover(self._http, access, asking.place.continuation)

    async def _with_details(
        self,
        permits: Spending,
        source: Provider,
        access: ProviderAccess,
        page: CompanyPage,
        asking: "_Asking",
    ) -> FoundCompanies:
        place, most = asking.place, DETAILS_OF_A_LOOK if asking.is_look else DETAILS_AT_ONCE
        part, last = part_of(page.companies, place, asking.known, most)
        companies, calls = [], 1
        for each in part:
            if (numbers := asking.known.get(each.external_id)) is not None:
                companies.append(replace(each, kvk_number=numbers.kvk_number, vat_number=numbers.vat_number))
                continue
            try:
                companies.append(await self._details(permits, source, access, each))
            except BudgetExhausted:
                if not companies:
                    raise
                return FoundCompanies(companies, place.behind(companies[-1]), calls)
            calls += 1
        return FoundCompanies(companies, page.next if last is None else place.behind(last), calls)

    async def _details(
        self, permits: Spending, source: Provider, access: ProviderAccess, company: Company
    ) -> Company:
        """A company whose own page cannot be read is shown with what the list says of it."""
        try:
            return await permits.call(COMPANY, lambda: source.details(self._http, access, company))
        except ProviderFailure as failure:
            if failure.kind.transient or failure.kind is failures.UNAUTHORIZED:
                raise
            return company


class _Asking(NamedTuple):
    """Where a page of companies begins, whose own pages need not be asked for, and whether somebody waits for it."""

    place: Place
    known: Mapping[str, CompanyNumbers]
    is_look: bool


def _counted_for(source: Provider, place: Place) -> str | None:
    """The company whose windows the page counts for."""
    try:
        return source.company_counted(place.continuation)
    except ProviderFailure as failure:
        raise translated(failure) from None


def translated(failure: ProviderFailure) -> DiscoveryFailed:
    """What a provider's failure means to discovery."""
    return DiscoveryFailed(
        failure.as_contract(),
        transient=isinstance(failure, Transient),
        retry_after=failure.retry_after,
        paces=failure.kind is failures.RATE_LIMITED,
    )
