"""A list of companies in parts, where each company has a page of its own at the provider."""

from collections.abc import Mapping

import httpx
import pytest

from import_svc.adapters.companies import ProviderCompanies
from import_svc.adapters.company_parts import DETAILS_AT_ONCE, DETAILS_OF_A_LOOK, Place
from import_svc.adapters.connection_svc import DiscoveryTokens
from import_svc.adapters.permits import LEFT_TO_PEOPLE
from import_svc.adapters.shares import look_pauses, probes_at_once
from import_svc.application.outside import FoundCompanies
from import_svc.domain.discovery import DiscoveryFailed
from import_svc.domain.looks import NOTHING_KNOWN, CompanyNumbers
from koppel.kernel.ids import new_id
from koppel.platform.access_tokens import AccessTokenClient
from koppel.ports.budget import Exhausted, Permits, Spender
from koppel.providers.company import Company
from koppel.providers.http import provider_http
from koppel.testing.budgets import NoLimit

IDS = [str(10**17 + number) for number in range(100)]


class Moneybird:
    """Administrations with an identity each; after `calls_left` every call is refused."""

    def __init__(self, ids: list[str], calls_left: int = 10_000) -> None:
        self.ids = ids
        self.calls_left = calls_left
        self.asked: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.calls_left == 0:
            return httpx.Response(429, headers={"Retry-After": "30"})
        self.calls_left -= 1
        self.asked.append(request.url.path)
        if request.url.path.endswith("/administrations.json"):
            return httpx.Response(200, json=[{"id": each, "name": f"N{each}"} for each in self.ids])
        return httpx.Response(200, json={"chamber_of_commerce": "01234567", "country": "NL"})


def token(_: httpx.Request) -> httpx.Response:
    return httpx.Response(
        200,
        json={
            "access_token": "t",
            "expires_at": "2026-11-24T12:00:00Z",
            "api_base_url": "https://moneybird.test/api/v2",
        },
    )


class Recorded(NoLimit):
    """How much each draw left to others."""

    def __init__(self) -> None:
        self.reserves: set[float] = set()

    async def draw(self, spender: Spender, calls: int, *, reserve: float = 0.0) -> Permits | Exhausted:
        self.reserves.add(reserve)
        return await super().draw(spender, calls, reserve=reserve)


async def asked(
    moneybird: Moneybird,
    continuation: str | None = None,
    known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN,
    budget: NoLimit | None = None,
    *,
    is_look: bool = False,
) -> FoundCompanies:
    issuing = httpx.AsyncClient(base_url="https://c.test", transport=httpx.MockTransport(token))
    async with issuing, provider_http(transport=httpx.MockTransport(moneybird.answer)) as http:
        companies = ProviderCompanies(DiscoveryTokens(AccessTokenClient(issuing)), http, budget or NoLimit())
        return await companies.companies(
            "moneybird", new_id(), new_id(), continuation, known=known, is_look=is_look
        )


async def all_parts(
    moneybird: Moneybird, known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN, *, is_look: bool = False
) -> tuple[list[Company], list[int]]:
    found, calls = [], []
    page = await asked(moneybird, None, known, is_look=is_look)
    while True:
        found += page.companies
        calls.append(page.calls)
        if page.next is None:
            return found, calls
        page = await asked(moneybird, page.next, known, is_look=is_look)


async def test_a_long_list_comes_in_parts_each_company_once_with_its_number() -> None:
    found, calls = await all_parts(Moneybird(IDS[::-1]))
    assert [each.external_id for each in found] == IDS
    assert {each.kvk_number for each in found} == {"01234567"}
    assert calls == [DETAILS_AT_ONCE + 1, DETAILS_AT_ONCE + 1, 21]


async def test_a_limit_that_is_met_keeps_the_parts_before_it() -> None:
    moneybird = Moneybird(IDS, calls_left=60)
    first = await asked(moneybird)
    with pytest.raises(DiscoveryFailed) as refused:
        await asked(moneybird, first.next)
    assert (refused.value.code, refused.value.paces) == ("rate_limited", True)
    moneybird.calls_left = 60
    assert (await asked(moneybird, first.next)).companies[0].external_id == IDS[DETAILS_AT_ONCE]


@pytest.mark.parametrize("is_look", [True, False])
async def test_only_companies_whose_numbers_are_not_known_are_asked_for(*, is_look: bool) -> None:
    known = dict.fromkeys(IDS[1:], CompanyNumbers("69599084", "NL1"))
    found, calls = await all_parts(Moneybird(IDS), known, is_look=is_look)
    assert [each.kvk_number for each in found] == ["01234567"] + ["69599084"] * 99
    assert [each.vat_number for each in found] == [None] + ["NL1"] * 99
    assert calls == [2]


@pytest.mark.parametrize(("is_look", "left"), [(False, 0.0), (True, LEFT_TO_PEOPLE)])
async def test_a_look_leaves_calls_to_people(*, is_look: bool, left: float) -> None:
    budget = Recorded()
    await asked(Moneybird(IDS[:3]), budget=budget, is_look=is_look)
    assert budget.reserves == {left}


async def test_a_look_at_new_companies_comes_in_small_parts() -> None:
    _, calls = await all_parts(Moneybird(IDS[:25]), is_look=True)
    assert calls == [DETAILS_OF_A_LOOK + 1, DETAILS_OF_A_LOOK + 1, 6]


@pytest.mark.parametrize("id_", ["412765409188522731", "a:b", "ü/x y%"])
@pytest.mark.parametrize("own", [None, "details", "system:1:guid'x:y'"])
def test_a_place_comes_back_as_it_went(id_: str, own: str | None) -> None:
    place = Place(own)
    assert Place.of(place.behind(Company(id_, "N"))) == Place(own, id_)


def test_a_providers_own_continuation_is_left_as_it_is() -> None:
    assert Place.of("system:7200000:x") == Place("system:7200000:x")


def test_shared_windows_bound_looks_and_probes() -> None:
    pauses = {name: pause.total_seconds() for name, pause in look_pauses().items()}
    assert pauses == {"eaccounting": 2, "moneybird": 40, "exact_online": 0, "snelstart": 0}
    assert probes_at_once() == {"eaccounting": 2, "exact_online": 8, "snelstart": 8}
