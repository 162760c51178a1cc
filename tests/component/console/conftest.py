"""A console whose services and issuer are stubs, and a person who is logged in at it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from tests.component.console.browser import Browser
from tests.component.console.operators import stock
from tests.component.console.outside import ISSUER, SERVICES, Outside, StubIssuer

from koppel.platform.health import Health
from koppel_console.app import build_app, parts_of
from koppel_console.login import issuer as issuer_module
from koppel_console.login.issuer import Issuer
from koppel_console.own_urls import OwnUrls
from koppel_console.session.seal import Seal

PUBLIC = "http://127.0.0.1:8180"


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def stub_issuer() -> StubIssuer:
    claims = {"sub": str(uuid4()), "name": "Anna de Boer", "org": str(uuid4()), "roles": ["beheerder"]}
    return StubIssuer(claims)


@pytest.fixture(scope="session")
def kept_consoles() -> dict[str, list[FastAPI]]:
    """By their public URL; those that no test uses now. FastAPI works out the routes of each anew, as in `make_app`."""
    return defaultdict(list)


@pytest.fixture
def build(
    outside: Outside,
    stub_issuer: StubIssuer,
    monkeypatch: pytest.MonkeyPatch,
    kept_consoles: dict[str, list[FastAPI]],
) -> Iterator[Callable[..., FastAPI]]:
    """A console that is this test's alone until its end; `public_url` says where browsers reach it."""
    taken: list[tuple[str, FastAPI]] = []

    class Keys:
        def __init__(self, url: str) -> None:
            self.url = url

        async def key(self, kid: str) -> Any:
            return stub_issuer.key() if kid == "one" else None

    monkeypatch.setattr(issuer_module, "JwksUrl", Keys)

    def built(public_url: str = PUBLIC, key: bytes = b"k" * 32) -> FastAPI:
        http = httpx.AsyncClient(transport=httpx.MockTransport(outside.handle))
        at_issuer = httpx.AsyncClient(transport=httpx.MockTransport(stub_issuer.handle))
        parts = parts_of(
            urls=OwnUrls.of(public_url),
            seal=Seal([key]),
            issuer=Issuer(ISSUER, "koppel-console", None, "openid", at_issuer),
            http=http,
            services=SERVICES,
        )
        kept = kept_consoles[public_url]
        app = kept.pop() if kept else build_app(parts, Health())
        app.state.parts = parts
        taken.append((public_url, app))
        return app

    yield built
    for public_url, app in taken:
        kept_consoles[public_url].append(app)


@pytest.fixture
def app(build: Callable[..., FastAPI]) -> FastAPI:
    return build()


async def log_in(browser: Browser, stub_issuer: StubIssuer, to: str = "/") -> None:
    """From a page that wants a login, to the issuer and back."""
    answer = await browser.http.get("/login", params={"to": to})
    if answer.headers["location"].startswith("/"):
        answer = await browser.http.get(answer.headers["location"])
    back = await browser.http.get("/login/callback", params=stub_issuer.authorize(answer.headers["location"]))
    assert back.status_code == 303, back.text


@pytest.fixture
async def guest(app: FastAPI) -> AsyncIterator[Browser]:
    browser = Browser(app)
    yield browser
    await browser.http.aclose()


@pytest.fixture
async def browser(guest: Browser, stub_issuer: StubIssuer) -> Browser:
    await log_in(guest, stub_issuer)
    return guest


@pytest.fixture
async def operator(guest: Browser, stub_issuer: StubIssuer, outside: Outside) -> Browser:
    stub_issuer.claims["rights"] = ["operator"]
    await log_in(guest, stub_issuer)
    stock(outside)
    return guest
