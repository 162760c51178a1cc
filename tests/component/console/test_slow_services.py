"""No screen waits for services that are silent: it says so, and leads on."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from tests.bench.console.screens import OPERATORS, OWN, addresses
from tests.component.console.browser import Browser
from tests.component.console.conftest import log_in
from tests.component.console.outside import StubIssuer

from koppel_console.screens import SCREENS
from koppel_console.services import calls as calls_module

_THINGS = [
    "connection",
    "session",
    "imported",
    "plan",
    "administration",
    "run",
    "parked",
    "release",
    "replay",
    "topic",
    "code",
]
ADDRESSES = addresses((*OWN, *OPERATORS), {name: str(uuid4()) for name in _THINGS})
NO_PAGE = {"/v1/oauth/{provider}/callback"}


@pytest.fixture
async def both(guest: Browser, stub_issuer: StubIssuer) -> Browser:
    """Somebody of an organisation who operates Koppel, too."""
    stub_issuer.claims["rights"] = ["operator", "payload", "preview", "replay"]
    await log_in(guest, stub_issuer)
    return guest


def test_the_bench_knows_every_screen() -> None:
    visited = [each.partition("?")[0] for each in ADDRESSES.values()]
    routes = [route for screen in SCREENS for route in screen.router.routes]
    missing = {
        route.path  # type: ignore[attr-defined]
        for route in routes
        if "GET" in route.methods and not any(route.path_regex.match(each) for each in visited)  # type: ignore[attr-defined]
    }
    assert missing == NO_PAGE


@pytest.mark.parametrize("screen", ADDRESSES)
async def test_a_screen_waits_for_no_service(
    both: Browser, screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(calls_module, "READ_SECONDS", 0.001)
    both.http._transport.app.state.parts.http._transport.handler = silent  # type: ignore[attr-defined]
    page = await both.get(ADDRESSES[screen])
    assert page.status in {200, 503}
    assert "Hoofdmenu" in page.html
    assert page.links
