"""What the sandbox of each provider plays before an import, and which check of the preflight tells it."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from tests.unit.conformance.stand import Stand

from import_svc.adapters.connection_svc import DiscoveryTokens
from import_svc.adapters.probes import ProviderProbes
from import_svc.domain.company_check import Finding
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.port import Provider, ProviderAccess
from koppel.testing.budgets import NoLimit

PROBED = [each for each in PROVIDERS.values() if each.profile.probes]
CUSTOMER, US = WhoMustAct.CUSTOMER, WhoMustAct.US
PLAYED = [
    ("eaccounting", "fiscalyears", 403, {"ErrorCode": 4003}, "setup_complete", CUSTOMER),
    ("eaccounting", "fiscalyears", 403, {"ErrorCode": 4012}, "setup_complete", CUSTOMER),
    ("eaccounting", "fiscalyears", 403, {"ErrorCode": 4004}, "company_readable", CUSTOMER),
    ("eaccounting", "fiscalyears", 200, {"Meta": {"CurrentPage": 1}, "Data": []}, "fiscal_year", CUSTOMER),
    ("eaccounting", "accounts", 200, {"Meta": {"CurrentPage": 1}, "Data": []}, "rights", CUSTOMER),
    ("eaccounting", "accounts", 403, {"ErrorCode": 4007}, "rights", CUSTOMER),
    ("eaccounting", "customerinvoices", 403, {"ErrorCode": 4002}, "modules", CUSTOMER),
    ("eaccounting", "supplierinvoices", 403, {"ErrorCode": 4009}, "modules", CUSTOMER),
    ("eaccounting", "supplierinvoices", 403, {"ErrorCode": 4006}, "scopes", CUSTOMER),
    ("exact_online", "FinancialPeriods", 200, {"d": {"results": []}}, "fiscal_year", CUSTOMER),
    ("exact_online", "GLAccounts", 200, {"d": {"results": []}}, "rights", CUSTOMER),
    (
        "exact_online",
        "SalesEntries",
        403,
        {"error": {"message": {"value": "Forbidden - Application Scope Violated. Cannot read"}}},
        "rights",
        US,
    ),
    (
        "exact_online",
        "PurchaseEntries",
        403,
        {"error": {"message": {"value": "Forbidden - User division is not within division scope"}}},
        "rights",
        CUSTOMER,
    ),
    ("snelstart", "dagboeken", 200, [], "rights", CUSTOMER),
    ("snelstart", "verkoopfacturen", 403, {"message": "no orders:read"}, "scopes", CUSTOMER),
]


class Issued(DiscoveryTokens):
    """The token of a login at the stand."""

    def __init__(self, access: ProviderAccess) -> None:
        self._access = access

    async def issue(self, *_: UUID, rejected: str | None = None) -> ProviderAccess:
        return self._access


async def findings(stand: Stand) -> list[Finding]:
    access = stand.access(await stand.log_in())
    company = (await stand.companies(access))[0]
    probes = ProviderProbes(Issued(access), stand.http, NoLimit())
    return await probes.findings(stand.provider.profile.id, new_id(), new_id(), company.external_id)


@pytest.mark.parametrize("provider", PROBED, ids=lambda each: each.profile.id)
async def test_a_company_that_can_be_read_whole_has_no_findings(provider: Provider) -> None:
    stand = Stand(provider)
    await stand.start()
    assert await findings(stand) == []
    await stand.http.aclose()


@pytest.mark.parametrize(("provider", "listing", "status", "body", "check", "who"), PLAYED)
async def test_what_stands_in_the_way_is_found(
    provider: str, listing: str, status: int, body: Mapping[str, object], check: str, who: WhoMustAct
) -> None:
    stand = Stand(PROVIDERS[provider])
    await stand.start()
    [path] = [each.path for of in stand.provider.listings.values() for each in of if each.name == listing]
    fault = {"kind": "status", "status": status, "body": body, "match": {"path": f"/*{path}"}}
    await stand.control("POST", "faults", fault)
    assert [(each.check, each.who_must_act) for each in await findings(stand)] == [(check, who)]
    await stand.http.aclose()


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_probes_are_listings_of_their_provider(provider: Provider) -> None:
    names = {each.name for of in provider.listings.values() for each in of}
    assert {each.listing for each in provider.profile.probes} <= names
