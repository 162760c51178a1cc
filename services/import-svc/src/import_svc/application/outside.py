"""What the use cases need beyond the database: the providers and the trade register."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from import_svc.domain.company_check import Finding
from import_svc.domain.looks import NOTHING_KNOWN, CompanyNumbers
from import_svc.domain.trade_register import RegisteredCompany
from koppel.providers.company import Company


@dataclass(frozen=True, slots=True)
class FoundCompanies:
    """One page of what a grant gives access to. `next` asks for the page behind it, opaque; None: that was all.

    `calls` is what it cost at the provider.
    """

    companies: list[Company]
    next: str | None = None
    calls: int = 1


class CompanySource(Protocol):
    """The companies behind a grant, asked at the provider."""

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
        """One page of what the organisation's grant gives access to; without `continuation` the first.

        `known` are numbers by external id: these companies' own pages are not asked for. A look leaves calls to people.

        Raises `DiscoveryFailed`.
        """
        ...


class CompanyProbes(Protocol):
    """Probes at the provider of a company that may be imported."""

    async def findings(
        self, provider: str, organisation_id: UUID, grant_id: UUID, external_id: str
    ) -> list[Finding]:
        """What would stop its reading or leave some of it out; none: nothing seen. Raises `DiscoveryFailed`."""
        ...


class TradeRegister(Protocol):
    """The register of companies."""

    async def company(self, kvk_number: str, *, within: float) -> RegisteredCompany | None:
        """Who has this number, asked for `within` seconds at most; None: nobody. Raises `RegistryUnavailable`."""
        ...
