"""+ Nieuwe verbinding: package, region or key, the way to the package, and back."""

import httpx
import pytest
from tests.component.console.browser import Browser
from tests.component.console.outside import Outside, problem
from tests.component.console.world import CONNECTION, PROVIDER

from koppel.testing.trickling import Trickling

KEYED = {
    "id": "keys",
    "name": "Keys",
    "auth": "api_key",
    "fields": [{"name": "key", "label": "Sleutel", "secret": True}],
}
MADE = {"id": CONNECTION, "state": "pending", "authorization_url": "https://books.example/login?state=s"}


@pytest.fixture(autouse=True)
def providers(outside: Outside) -> None:
    regions = [{"id": "nl", "name": "Nederland"}, {"id": "be", "name": "België"}]
    outside.lists("connection-svc", "/v1/providers", PROVIDER | {"regions": regions}, KEYED)


async def test_the_way_to_the_package_is_a_link_and_the_login_cookie_is_passed_on(
    browser: Browser, outside: Outside
) -> None:
    cookie = "koppel_login_abc=xyz; HttpOnly; Path=/v1/oauth; SameSite=lax"
    made = httpx.Response(201, json=MADE, headers={"Set-Cookie": cookie})
    outside.says("POST", "connection-svc", "/v1/connections", made)
    page = await browser.get("/connections/new?provider=books")
    page = await browser.post(page.form("/connections/new"), name="Ons kantoor", region="be")
    link = next(where for words, where in page.links.items() if words.startswith("Ga verder naar"))
    assert link == MADE["authorization_url"]
    assert cookie in page.answer.headers.get_list("set-cookie")
    sent = outside.body("POST", "connection-svc", "/v1/connections")
    assert (sent["provider"], sent["name"], sent["region"]) == ("books", "Ons kantoor", "be")
    assert sent["return_url"] == "http://127.0.0.1:8180/connections/returned"


async def test_a_second_click_has_the_same_key(browser: Browser, outside: Outside) -> None:
    outside.says("POST", "connection-svc", "/v1/connections", MADE)
    form = (await browser.get("/connections/new?provider=books")).form("/connections/new")
    await browser.post(form)
    await browser.post(form)
    calls = outside.asked("POST", "connection-svc", "/v1/connections")
    assert len(calls) == 2
    assert len({call.headers["idempotency-key"] for call in calls}) == 1


async def test_a_key_that_works_leads_to_the_connection(browser: Browser, outside: Outside) -> None:
    outside.says("POST", "connection-svc", "/v1/connections", {"id": CONNECTION, "state": "active"})
    page = await browser.get("/connections/new?provider=keys")
    answer = await browser.http.post(
        "/connections/new",
        data={**dict(page.form("/connections/new").fields), "credential.key": "pasted"},
    )
    assert answer.headers["location"] == f"/connections/{CONNECTION}?authorized=1"
    assert outside.body("POST", "connection-svc", "/v1/connections")["credentials"] == {"key": "pasted"}


async def test_a_key_that_is_refused_is_said_in_dutch_and_never_shown(
    browser: Browser, outside: Outside
) -> None:
    outside.says("POST", "connection-svc", "/v1/connections", problem(422, "credentials_refused"))
    page = await browser.get("/connections/new?provider=keys")
    page = await browser.post(page.form("/connections/new"), **{"credential.key": "s3cret-key"})
    assert "Het pakket neemt deze sleutel niet aan. Er is niets opgeslagen." in page.words
    assert "s3cret-key" not in page.html


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("outcome=authorized", "De verbinding werkt."),
        ("outcome=denied&code=access_denied", "U gaf geen toestemming."),
        ("outcome=failed&code=login_in_use", "één login per persoon"),
        ("outcome=failed&code=%3Cscript%3E", "&lt;script&gt;"),
        ("", "Het pakket gaf geen toegang."),
    ],
)
async def test_whatever_became_of_the_login_there_is_a_way_on(
    browser: Browser, query: str, words: str
) -> None:
    page = await browser.get(f"/connections/returned?connection_id={CONNECTION}&{query}")
    assert words in page.html
    assert page.form("/log-in").fields


async def test_a_callback_that_comes_to_our_host_is_passed_on_without_the_session(
    browser: Browser, outside: Outside
) -> None:
    back = httpx.Response(
        303,
        headers={
            "Location": "http://127.0.0.1:8180/connections/returned?outcome=authorized",
            "Set-Cookie": "gone",
        },
    )
    outside.says("GET", "connection-svc", "/v1/oauth/books/callback", back)
    browser.http.cookies.set("koppel_login_abc", "xyz")
    answer = await browser.http.get("/v1/oauth/books/callback?state=s&code=c")
    assert answer.headers["location"].endswith("/connections/returned?outcome=authorized")
    call = outside.asked("GET", "connection-svc", "/v1/oauth/books/callback")[0]
    assert call.headers["cookie"] == "koppel_login_abc=xyz"
    assert (call.url.params["state"], call.url.params["code"]) == ("s", "c")
    assert "authorization" not in call.headers


async def test_a_connection_says_who_logged_in_and_asks_once_for_all_of_its_rows(
    browser: Browser, outside: Outside
) -> None:
    grant = {
        "id": "g",
        "state": "reauthorization_required",
        "company": {"name": "Slagerij"},
        "authorized_by": "u",
    }
    one = {"id": CONNECTION, "provider": "books", "state": "reauthorization_required", "grants": [grant]}
    outside.says("GET", "connection-svc", f"/v1/connections/{CONNECTION}", one)
    outside.lists("assignment-svc", "/v1/users", {"id": "u", "name": "Anna de Boer"})
    outside.lists(
        "import-svc", "/v1/administrations", {"id": "a1", "name": "Een"}, {"id": "a2", "name": "Twee"}
    )
    outside.lists("sync-svc", "/v1/sync-status", {"administration_id": "a1", "last_outcome": "failed"})
    page = await browser.get(f"/connections/{CONNECTION}")
    assert "Ingelogd door Anna de Boer" in page.words
    assert "Log in bij Slagerij" in page.words
    assert ("grant_id", "g") in page.form("/log-in").fields
    assert "mislukt" in page.words
    assert "begint zo" in page.words
    [call] = outside.asked("GET", "sync-svc", "/v1/sync-status")
    assert call.url.params["administration_ids"] == "a1,a2"


async def test_a_return_whose_answer_trickles_is_one_that_failed(
    browser: Browser, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koppel_console.screens.provider_callback.ACT_SECONDS", 0.1)
    trickling = httpx.Response(200, stream=Trickling())
    outside.says("GET", "connection-svc", "/v1/oauth/books/callback", trickling)
    answer = await browser.http.get("/v1/oauth/books/callback?state=s&code=c")
    assert answer.status_code == 503
    assert "connection-svc" in answer.text
