"""The trade register's answers, as its pages and clients tell them, and what each means."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from import_svc.adapters.kvk import KvkRegister, kvk_http
from import_svc.domain.trade_register import Activity, RegisteredCompany, RegistryUnavailable
from koppel.contracts.values import Sector

NUMBER = "68750110"
Json = dict[str, Any]
Handler = Callable[[httpx.Request], httpx.Response]


def _found(**changes: Any) -> Json:
    row = {"kvkNummer": NUMBER, "naam": "Test BV Donald", "type": "hoofdvestiging", "actief": "Ja"} | changes
    return {"pagina": 1, "resultatenPerPagina": 10, "totaal": 1, "resultaten": [row]}


def _profile(**changes: Any) -> Json:
    return {
        "kvkNummer": NUMBER,
        "indNonMailing": "Nee",
        "naam": "Test BV Donald",
        "formeleRegistratiedatum": "20170518",
        "materieleRegistratie": {"datumAanvang": "20150101"},
        "sbiActiviteiten": [
            {"sbiCode": "47910", "sbiOmschrijving": "Webwinkels", "indHoofdactiviteit": "Nee"},
            {"sbiCode": "01131", "sbiOmschrijving": "Teelt van groenten", "indHoofdactiviteit": "Ja"},
        ],
    } | changes


def _fault(code: str) -> Json:
    return {"fout": [{"code": code, "omschrijving": "Tekst"}]}


def _register(search: httpx.Response | Exception, profile: httpx.Response | None = None) -> KvkRegister:
    def answer(request: httpx.Request) -> httpx.Response:
        chosen = search if request.url.path.endswith("/v2/zoeken") else profile
        if isinstance(chosen, Exception):
            raise chosen
        assert chosen is not None, "nobody should ask for the profile"
        return chosen

    return _served(answer)


def _served(answer: Handler) -> KvkRegister:
    http = kvk_http("https://register.test/test/api", "the-key", None, httpx.MockTransport(answer))
    return KvkRegister(http)


def _ok(body: Json) -> httpx.Response:
    return httpx.Response(200, json=body)


async def _ask(register: KvkRegister) -> RegisteredCompany | None:
    return await register.company(NUMBER, within=1)


async def test_a_company_is_told_with_its_name_and_activities() -> None:
    company = await _ask(_register(_ok(_found()), _ok(_profile())))
    assert company == RegisteredCompany(
        NUMBER,
        "Test BV Donald",
        active=True,
        activities=(Activity("47910", main=False), Activity("01131", main=True)),
    )
    assert company.sector == Sector(sbi_version="2025", code="A")


async def test_the_free_search_comes_first_with_the_key_and_ended_companies() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(404, json=_fault("IPD5200"))

    assert await _ask(_served(answer)) is None
    [only] = asked
    assert only.url.path == "/test/api/v2/zoeken"
    assert dict(only.url.params) == {"kvkNummer": NUMBER, "inclusiefInactieveRegistraties": "true"}
    assert only.headers["apikey"] == "the-key"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, _fault("IPD5200")),
        (400, _fault("IPD0004")),
        (404, {"meldingen": _fault("IPD5200")}),
        (200, {"resultaten": []}),
    ],
)
async def test_a_number_that_nobody_has_is_no_company(status: int, body: Json) -> None:
    assert await _ask(_register(httpx.Response(status, json=body))) is None


@pytest.mark.parametrize(
    ("search", "profile"),
    [
        (_found(), _profile(materieleRegistratie={"datumAanvang": "20150101", "datumEinde": "20200000"})),
        (_found(actief="Nee"), _profile()),
        (_found(actief="Nee"), None),
    ],
)
async def test_a_company_whose_registration_ended_is_not_active(search: Json, profile: Json | None) -> None:
    told = httpx.Response(404, json=_fault("IPD0005")) if profile is None else _ok(profile)
    company = await _ask(_register(_ok(search), told))
    assert company is not None
    assert not company.active


async def test_an_ended_branch_does_not_end_the_company() -> None:
    found = _found()
    found["resultaten"].append(
        {"kvkNummer": NUMBER, "naam": "Filiaal", "type": "nevenvestiging", "actief": "Nee"}
    )
    company = await _ask(_register(_ok(found), _ok(_profile())))
    assert company is not None
    assert company.active


async def test_without_a_profile_the_search_tells_the_name() -> None:
    found = _found(naam="Filiaal", type="nevenvestiging")
    found["resultaten"].append({"kvkNummer": NUMBER, "naam": "De vennootschap", "type": "rechtspersoon"})
    company = await _ask(_register(_ok(found), httpx.Response(404, json=_fault("IPD0005"))))
    assert company == RegisteredCompany(NUMBER, "De vennootschap", active=True)


@pytest.mark.parametrize(
    "activities",
    [
        [],
        [{"sbiCode": "01131", "indHoofdactiviteit": "Nee"}],
        [{"sbiCode": "6201", "indHoofdactiviteit": "Ja"}],
        [{"sbiCode": "45112", "indHoofdactiviteit": "Ja"}],
        [{"sbiCode": 62010, "indHoofdactiviteit": "Ja"}],
        [{"sbiCode": "01131", "indHoofdactiviteit": "Ja"}, {"sbiCode": "62010", "indHoofdactiviteit": "Ja"}],
        None,
        "01131",
    ],
)
async def test_without_a_sure_main_activity_there_is_no_sector(activities: object) -> None:
    company = await _ask(_register(_ok(_found()), _ok(_profile(sbiActiviteiten=activities))))
    assert company is not None
    assert company.sector is None


async def test_the_main_branch_tells_activities_that_the_company_does_not() -> None:
    branch = {"sbiActiviteiten": [{"sbiCode": "56111", "indHoofdactiviteit": "Ja"}]}
    profile = _profile(sbiActiviteiten=[], _embedded={"hoofdvestiging": branch})
    company = await _ask(_register(_ok(_found()), _ok(profile)))
    assert company is not None
    assert company.sector == Sector(sbi_version="2025", code="I")


@pytest.mark.parametrize("name", ["N" * 300, "Ĳzer & <Zn> 日本", "Vof \x00 Nul"])
async def test_any_name_is_kept_as_far_as_it_can_be_stored(name: str) -> None:
    company = await _ask(_register(_ok(_found()), _ok(_profile(naam=name))))
    assert company is not None
    assert company.name == name.replace("\x00", "")


async def test_an_endless_name_is_cut() -> None:
    company = await _ask(_register(_ok(_found()), _ok(_profile(naam="N" * 100_000))))
    assert company is not None
    assert len(company.name) == 1000


@pytest.mark.parametrize(
    ("search", "profile"),
    [
        (_found(kvkNummer="69599084"), _profile()),
        (_found(), _profile(kvkNummer="69599084")),
        (_found(), _profile(kvkNummer=None)),
    ],
)
async def test_another_numbers_company_is_no_answer(search: Json, profile: Json) -> None:
    with pytest.raises(RegistryUnavailable) as refused:
        await _ask(_register(_ok(search), _ok(profile)))
    assert refused.value.cause == "bad_answer"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (httpx.Response(404, json=_fault("IPD1002")), "being_processed"),
        (httpx.Response(404, json=_fault("IPD1003")), "being_processed"),
        (httpx.Response(404, json=_fault("IPD0001")), "http_404"),
        (httpx.Response(404, text="<html>"), "http_404"),
        (httpx.Response(400, json=_fault("IPD1999")), "http_400"),
        (httpx.Response(400, json={"fout": "IPD0004"}), "http_400"),
        (httpx.Response(500, json=_fault("IPD9999")), "http_500"),
        (httpx.Response(500, json=_fault("IPD5200")), "http_500"),
        (httpx.Response(200, text="<html>"), "provider_bad_answer"),
        (httpx.Response(200, json=[]), "provider_bad_answer"),
        (httpx.Response(200, json={"resultaten": None}), "bad_answer"),
        (httpx.Response(302, headers={"Location": "https://elsewhere.test"}), "http_302"),
        (httpx.ConnectError("no"), "provider_unreachable"),
        (httpx.ReadTimeout("no"), "provider_timeout"),
        (httpx.RemoteProtocolError("no"), "connection_dropped"),
    ],
)
async def test_what_says_nothing_of_the_company_is_no_answer(
    answer: httpx.Response | Exception, cause: str
) -> None:
    with pytest.raises(RegistryUnavailable) as refused:
        await _ask(_register(answer))
    assert (refused.value.code, refused.value.cause) == ("registry_unavailable", cause)


async def test_what_is_being_processed_is_asked_again_after_five_minutes() -> None:
    with pytest.raises(RegistryUnavailable) as refused:
        await _ask(_register(httpx.Response(404, json=_fault("IPD1003"))))
    assert refused.value.retry_after == 300


@pytest.mark.parametrize("status", [401, 403, 429, 503])
async def test_after_a_refusal_of_all_calls_none_is_made_for_a_while(status: int) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(status, headers={"Retry-After": "7"})

    register = _served(answer)
    for cause in (f"http_{status}", "paused", "paused"):
        with pytest.raises(RegistryUnavailable) as refused:
            await _ask(register)
        assert refused.value.cause == cause
        assert 0 < (refused.value.retry_after or 0) <= 7
    assert len(asked) == 1


async def test_the_key_is_in_no_text_of_the_client() -> None:
    register = _register(httpx.ConnectError("no"))
    with pytest.raises(RegistryUnavailable) as refused:
        await _ask(register)
    assert "the-key" not in f"{refused.value!r} {refused.value} {register!r} {vars(register)!r}"
