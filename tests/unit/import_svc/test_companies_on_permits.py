"""Discovery calls only what its share of the rate windows permits."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import httpx
import pytest

from import_svc.adapters.companies import ProviderCompanies
from import_svc.adapters.connection_svc import DiscoveryTokens
from import_svc.adapters.permits import import_windows
from import_svc.domain.discovery import DiscoveryFailed
from koppel.kernel.ids import new_id
from koppel.platform.access_tokens import AccessTokenClient
from koppel.ports.budget import Counter, Exhausted, MadeCall, Permits, Spender
from koppel.providers.company import Company
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.moneybird.provider import MONEYBIRD
from koppel.providers.port import CompanyPage, ProviderAccess
from koppel.providers.profile import Shares
from koppel.testing.budgets import NoLimit

from .outside import MadeUp, Outside

ORGANISATION = new_id()


class Few(NoLimit):
    """A budget of so many calls."""

    def __init__(self, calls: int) -> None:
        self.left = calls
        self.drawn: list[Spender] = []

    async def draw(self, spender: Spender, calls: int, *, reserve: float = 0.0) -> Permits | Exhausted:
        granted = min(calls, self.left)
        if granted < 1:
            return Exhausted("requests", datetime.now(UTC), 40.0)
        self.left -= granted
        self.drawn.append(spender)
        return await super().draw(spender, granted, reserve=reserve)

    async def settle(self, lot: Permits, made: Sequence[MadeCall], counters: Iterable[Counter] = ()) -> None:
        self.left += lot.calls - len(made)


class Street(MadeUp):
    """Four companies on one page."""

    async def discover(
        self, http: httpx.AsyncClient, access: ProviderAccess, continuation: str | None
    ) -> CompanyPage:
        return CompanyPage([Company(number, f"Company {number}") for number in "1234"], "the next page")


@pytest.fixture
def on_permits(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> Callable[[Few], ProviderCompanies]:
    monkeypatch.setattr("import_svc.adapters.companies.PROVIDERS", {"made_up": Street(None)})

    def asked(budget: Few) -> ProviderCompanies:
        connection_svc = httpx.AsyncClient(
            base_url="https://c.test", transport=httpx.MockTransport(outside.issue)
        )
        tokens = DiscoveryTokens(AccessTokenClient(connection_svc))
        return ProviderCompanies(tokens, httpx.AsyncClient(), budget)

    return asked


async def test_discovery_waits_where_no_call_may_be_made_and_loses_no_attempt(
    on_permits: Callable[[Few], ProviderCompanies],
) -> None:
    with pytest.raises(DiscoveryFailed) as raised:
        await on_permits(Few(0)).companies("made_up", ORGANISATION, new_id(), None)
    failed = raised.value
    assert (failed.code, failed.retry_after, failed.paces, failed.untried) == (
        "provider_busy",
        40.0,
        True,
        True,
    )


async def test_a_page_whose_companies_take_more_calls_than_there_are_is_gone_on_with(
    on_permits: Callable[[Few], ProviderCompanies],
) -> None:
    budget = Few(3)
    companies = on_permits(budget)
    first = await companies.companies("made_up", ORGANISATION, new_id(), None)
    budget.left = 10
    second = await companies.companies("made_up", ORGANISATION, new_id(), first.next)
    assert [each.vat_number for each in first.companies] == ["vat of 1", "vat of 2"]
    assert [each.vat_number for each in second.companies] == ["vat of 3", "vat of 4"]
    assert second.next == "the next page"


async def test_a_permit_that_was_not_used_comes_back(
    on_permits: Callable[[Few], ProviderCompanies],
) -> None:
    budget = Few(100)
    await on_permits(budget).companies("made_up", ORGANISATION, new_id(), None)
    assert budget.left == 95
    assert {each.endpoint for each in budget.drawn} == {"companies", "company"}


def test_endpoints_that_only_discovery_calls_are_mostly_its_own() -> None:
    known = import_windows(
        {"eaccounting": EACCOUNTING.profile.windows}, {"eaccounting": Shares().for_discovery}
    )
    spender = Spender(
        provider="eaccounting", organisation_id=ORGANISATION, grant_id=new_id(), endpoint="companies"
    )
    assert [each.calls for each in known(spender)] == [360]
    assert [each.calls for each in known(spender.at("customers"))] == [48]


def test_what_all_calls_share_is_shared_by_discovery_too() -> None:
    known = import_windows(
        {"moneybird": MONEYBIRD.profile.windows}, {"moneybird": MONEYBIRD.profile.shares.for_discovery}
    )
    spender = Spender(
        provider="moneybird", organisation_id=ORGANISATION, grant_id=new_id(), endpoint="companies"
    )
    assert [each.calls for each in known(spender)] == [30]
