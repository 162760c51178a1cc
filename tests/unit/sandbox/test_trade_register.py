"""The sandbox's trade register: whom it knows, and how it says that it knows nobody."""

from typing import Any

import httpx
import pytest
from tests.unit.sandbox.application import Application

from import_svc.adapters.kvk import KvkRegister, kvk_http
from import_svc.domain.trade_register import RegisteredCompany, RegistryUnavailable

KEY = {"apikey": "any"}


@pytest.fixture
def application() -> Application:
    return Application({"companies": 12})


async def numbers(application: Application, **reset: Any) -> list[str]:
    """KvK numbers of the provider's companies, in order."""
    companies = (await application.control("POST", "reset", reset))["companies"]
    return [each["corporate_identity_number"] for each in companies if each["corporate_identity_number"]]


async def asked(application: Application, number: str) -> RegisteredCompany | None:
    """By the service's own client."""
    async with kvk_http("http://sandbox.test/kvk", "a-key", None, application.asgi) as http:
        return await KvkRegister(http).company(number, within=5)


async def get(application: Application, path: str, **query: str) -> httpx.Response:
    async with application.client() as http:
        return await http.get(f"/kvk/{path}", params=query, headers=KEY)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["fout"][0]["code"]


async def test_every_company_with_a_number_is_registered_by_its_own_name(application: Application) -> None:
    companies = (await application.control("POST", "reset"))["companies"]
    told = {
        each["corporate_identity_number"]: each["name"]
        for each in companies
        if each["corporate_identity_number"]
    }
    assert len(told) == 11
    found = {number: await asked(application, number) for number in told}
    assert {number: each and each.name for number, each in found.items()} == told


async def test_the_main_activity_tells_the_section_where_its_code_is_sure(application: Application) -> None:
    first, _, _, testing, *_ = await numbers(application)
    bakery, test_company = await asked(application, first), await asked(application, testing)
    assert bakery is not None
    assert test_company is not None
    assert (bakery.name, bakery.sector and bakery.sector.code) == ("Bakkerij De Vries B.V.", "C")
    assert (test_company.name, test_company.sector) == ("Testadministratie Demo B.V.", None)


async def test_gaps_of_a_provider_are_known_to_nobody_until_its_next_reset(application: Application) -> None:
    known = await numbers(application, registry_gaps=2)
    assert [bool(await asked(application, number)) for number in known] == [True] * 9 + [False] * 2
    await numbers(application)
    assert all([await asked(application, number) for number in known])


async def test_gaps_of_its_own_reset_come_on_top(application: Application) -> None:
    known = await numbers(application, registry_gaps=1)
    reset = await application.control("POST", "reset", {"provider": "kvk", "registry_gaps": 2, "seed": 4})
    assert {each["corporate_identity_number"] for each in reset["companies"]} >= set(known[:-3])
    assert [bool(await asked(application, number)) for number in known[-4:]] == [True, False, False, False]


@pytest.mark.parametrize(
    ("number", "name", "active", "section"),
    [
        ("69599084", "Test EMZ Dagobert", True, "A"),
        ("68750110", "Test BV Donald", True, "A"),
        ("90006577", "Test BV Duizend Vestigingen", True, "G"),
        ("96354429", "Test Coöperatie Opgeheven", False, "L"),
    ],
)
async def test_the_published_test_numbers_answer(
    application: Application, number: str, name: str, active: bool, section: str
) -> None:
    found = await asked(application, number)
    assert found is not None
    assert (found.name, found.active, found.sector and found.sector.code) == (name, active, section)


@pytest.mark.parametrize("number", ["90004973", "90002903"])
async def test_two_test_numbers_answer_an_error(application: Application, number: str) -> None:
    with pytest.raises(RegistryUnavailable):
        await asked(application, number)


async def test_an_ended_company_is_found_only_where_inactive_ones_are_asked_for(
    application: Application,
) -> None:
    assert code(await get(application, "v2/zoeken", kvkNummer="96354429")) == (404, "IPD5200")
    query = {"kvkNummer": "96354429", "inclusiefInactieveRegistraties": "true"}
    assert (await get(application, "v2/zoeken", **query)).json()["resultaten"][0]["actief"] == "Nee"


async def test_a_thousand_branches_come_in_pages(application: Application) -> None:
    first = (await get(application, "v2/zoeken", kvkNummer="90006577")).json()
    assert (first["totaal"], len(first["resultaten"])) == (1000, 10)
    last = await get(application, "v2/zoeken", kvkNummer="90006577", pagina="10", resultatenPerPagina="100")
    assert len(last.json()["resultaten"]) == 100


async def test_a_name_is_found_by_whole_words(application: Application) -> None:
    found = (await get(application, "test/api/v2/zoeken", naam="dagobert test")).json()["resultaten"]
    assert [each["kvkNummer"] for each in found] == ["69599084"]
    assert code(await get(application, "v2/zoeken", naam="dago")) == (404, "IPD5200")


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("v2/zoeken", {"kvkNummer": "1234567"}, (400, "IPD0004")),
        ("v2/zoeken", {"kvkNummer": "99999999"}, (404, "IPD5200")),
        ("v2/zoeken", {"kvk": "69599084"}, (400, "IPD1999")),
        ("v2/zoeken", {"kvkNummer": "69599084", "pagina": "0"}, (400, "IPD1998")),
        ("v2/zoeken", {"kvkNummer": "69599084", "pagina": "2"}, (404, "IPD5200")),
        ("v2/zoeken", {}, (400, "IPD1998")),
        ("v1/basisprofielen/99999999", {}, (404, "IPD0005")),
        ("v1/basisprofielen/123456789", {}, (400, "IPD0004")),
        ("v1/naamgevingen/69599084", {}, (404, "IPD0001")),
    ],
)
async def test_it_refuses_in_its_own_codes(
    application: Application, path: str, query: dict[str, str], expected: tuple[int, str]
) -> None:
    assert code(await get(application, path, **query)) == expected


async def test_without_a_key_nothing_is_told(application: Application) -> None:
    async with application.client() as http:
        assert (await http.get("/kvk/v2/zoeken", params={"kvkNummer": "69599084"})).status_code == 401


async def test_its_calls_stand_in_its_ledger_and_faults_apply_to_it(application: Application) -> None:
    order = {
        "provider": "kvk",
        "match": {"path": "/v2/zoeken"},
        "kind": "status",
        "status": 429,
        "times": 1,
    }
    await application.control("POST", "faults", order)
    with pytest.raises(RegistryUnavailable):
        await asked(application, "69599084")
    assert await asked(application, "69599084") is not None
    noted = (await application.control("GET", "ledger", provider="kvk"))["items"]
    assert [(each["path"], each["status"]) for each in noted] == [
        ("/v2/zoeken", 429),
        ("/v2/zoeken", 200),
        ("/v1/basisprofielen/69599084", 200),
    ]
