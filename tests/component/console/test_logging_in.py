"""Logging in at the issuer: bound to the browser, back to the same place, renewed, and ended."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.component.console.browser import Browser
from tests.component.console.conftest import log_in
from tests.component.console.outside import Outside, StubIssuer, problem

from koppel.testing.trickling import Trickling
from koppel_console.session.seal import Seal


async def test_a_guest_is_sent_to_the_issuer_and_comes_back_to_the_same_place(
    guest: Browser, stub_issuer: StubIssuer
) -> None:
    answer = await guest.http.get("/connections?cursor=x")
    assert answer.headers["location"] == "/login?to=%2Fconnections%3Fcursor%3Dx"
    answer = await guest.http.get(answer.headers["location"])
    back = await guest.http.get("/login/callback", params=stub_issuer.authorize(answer.headers["location"]))
    assert back.headers["location"] == "/connections?cursor=x"
    assert (await guest.get("/connections")).status == 200


async def test_the_login_asks_for_a_code_with_pkce(guest: Browser) -> None:
    await guest.http.get("/login")
    where = (await guest.http.get("/login")).headers["location"]
    for part in ("response_type=code", "code_challenge_method=S256", "client_id=koppel-console", "nonce="):
        assert part in where
    assert len(httpx.URL(where).params["state"]) < 1000


async def test_a_callback_in_another_browser_logs_nobody_in(
    app: FastAPI, guest: Browser, stub_issuer: StubIssuer
) -> None:
    await guest.http.get("/login")
    begun = stub_issuer.authorize((await guest.http.get("/login")).headers["location"])
    other = Browser(app)
    await other.http.get("/login")
    page = Browser(app)
    for browser in (other, page):
        answer = await browser.http.get("/login/callback", params=begun)
        assert answer.status_code == 400
        assert "koppel_session" not in browser.http.cookies


@pytest.mark.parametrize(
    "to", ["https://elsewhere", "//elsewhere", "///elsewhere", "/\\elsewhere", "elsewhere", "/x\r\ny"]
)
async def test_a_return_elsewhere_leads_to_the_first_page(
    guest: Browser, stub_issuer: StubIssuer, to: str
) -> None:
    await guest.http.get("/login")
    where = (await guest.http.get("/login", params={"to": to})).headers["location"]
    back = await guest.http.get("/login/callback", params=stub_issuer.authorize(where))
    assert back.headers["location"] == "/"


async def test_an_answer_of_another_issuer_is_refused(guest: Browser, stub_issuer: StubIssuer) -> None:
    await guest.http.get("/login")
    begun = stub_issuer.authorize((await guest.http.get("/login")).headers["location"])
    answer = await guest.http.get("/login/callback", params={**begun, "iss": "http://elsewhere"})
    assert answer.status_code == 400
    assert "login_of_another_issuer" in answer.text


@pytest.mark.parametrize(
    "wrong",
    [{"nonce": "another login's"}, {"aud": "another client"}, {"iss": "http://elsewhere"}, {"exp": 1}],
)
async def test_an_id_token_that_cannot_be_trusted_logs_nobody_in(
    guest: Browser, stub_issuer: StubIssuer, wrong: dict[str, Any]
) -> None:
    stub_issuer.wrong = wrong
    await guest.http.get("/login")
    begun = stub_issuer.authorize((await guest.http.get("/login")).headers["location"])
    answer = await guest.http.get("/login/callback", params=begun)
    assert answer.status_code == 502
    assert "id_token_invalid" in answer.text
    assert "koppel_session" not in guest.http.cookies


async def test_a_code_of_before_logs_nobody_in(guest: Browser, stub_issuer: StubIssuer) -> None:
    await guest.http.get("/login")
    begun = stub_issuer.authorize((await guest.http.get("/login")).headers["location"])
    assert (await guest.http.get("/login/callback", params=begun)).status_code == 303
    assert (await guest.http.get("/login/callback", params=begun)).status_code == 502


async def test_an_issuer_that_is_away_is_said(guest: Browser, stub_issuer: StubIssuer) -> None:
    stub_issuer.away = True
    await guest.http.get("/login")
    answer = await guest.http.get("/login")
    assert answer.status_code == 503
    assert "De inlogpagina antwoordt niet." in answer.text


async def test_an_issuer_that_trickles_is_one_that_is_away(
    guest: Browser, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koppel_console.login.issuer._ANSWERED_WITHIN", 0.1)
    at_issuer = app.state.parts.issuer._http._transport
    at_issuer.handler = lambda _: httpx.Response(200, stream=Trickling())
    page = await guest.get("/login")
    assert page.status == 503


async def test_a_token_that_ends_is_renewed_once_for_all(browser: Browser, stub_issuer: StubIssuer) -> None:
    stub_issuer.seconds = 30
    await log_in(browser, stub_issuer)
    pages = await asyncio.gather(browser.get("/"), browser.get("/connections"), browser.get("/users"))
    assert [page.status for page in pages] == [200, 200, 200]
    assert stub_issuer.refreshed == 1


async def test_a_token_that_services_refuse_leads_to_the_login_and_never_in_a_circle(
    browser: Browser, outside: Outside
) -> None:
    outside.says("GET", "connection-svc", "/v1/connections", problem(401, "token_invalid"))
    answer = await browser.http.get("/connections")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?to=")
    assert "koppel_session" not in browser.http.cookies


async def test_what_was_typed_is_kept_when_the_login_ended(
    browser: Browser, stub_issuer: StubIssuer, outside: Outside
) -> None:
    outside.lists("connection-svc", "/v1/providers", {"id": "books", "name": "Books", "auth": "oauth2"})
    page = await browser.get("/connections/new?provider=books")
    del browser.http.cookies["koppel_session"]
    held = await browser.post(page.form("/connections/new"), name="Jansen & Zn.")
    assert held.status == 401
    await log_in(browser, stub_issuer)
    made = {"id": "0198c0de-0000-7000-8000-000000000001", "authorization_url": "https://books/login"}
    outside.says("POST", "connection-svc", "/v1/connections", made)
    sent = await browser.post(held.form("/connections/new"))
    assert sent.status == 200
    assert outside.body("POST", "connection-svc", "/v1/connections")["name"] == "Jansen & Zn."


async def test_logging_out_forgets_the_login(browser: Browser) -> None:
    page = await browser.post((await browser.get("/")).form("/logout"))
    assert "U bent uitgelogd" in page.words
    assert (await browser.http.get("/connections")).headers["location"].startswith("/login")


async def test_no_script_can_read_a_cookie_and_no_cookie_tells_a_token(
    guest: Browser, stub_issuer: StubIssuer
) -> None:
    await guest.http.get("/login")
    begun = stub_issuer.authorize((await guest.http.get("/login")).headers["location"])
    back = await guest.http.get("/login/callback", params=begun)
    cookie = next(each for each in back.headers.get_list("set-cookie") if each.startswith("koppel_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "eyJ" not in cookie


async def test_over_https_cookies_are_of_this_host_only(
    build: Callable[..., FastAPI], stub_issuer: StubIssuer
) -> None:
    browser = Browser(build("https://koppel.example"), "https://koppel.example")
    await log_in(browser, stub_issuer)
    assert "__Host-koppel" in browser.http.cookies
    answer = await browser.http.get("/")
    assert answer.headers["strict-transport-security"]


async def test_another_replica_with_the_same_key_knows_the_login(
    build: Callable[..., FastAPI], browser: Browser
) -> None:
    other = Browser(build())
    other.http.cookies = browser.http.cookies
    assert (await other.http.get("/")).status_code == 200
    stranger = Browser(build(key=b"x" * 32))
    stranger.http.cookies = browser.http.cookies
    assert (await stranger.http.get("/")).status_code == 303


def test_a_session_of_another_time_is_no_session() -> None:
    seal = Seal([b"k" * 32])
    for content in (b"", b"[]", b"{}", json.dumps({"at": time.time()}).encode()):
        sealed = seal.seal(content, "session")
        assert seal.open(sealed, "session") == content
        assert seal.open(sealed, "login") is None
        assert seal.open(sealed[:-2], "session") is None
