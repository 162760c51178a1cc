"""The real issuer without a socket, and a browser that approves at it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from koppel_cli.login import profiles
from koppel_identity.claims import DEFAULT_ISSUER
from koppel_identity.directory.services import Services
from koppel_identity.issuer import Issuer
from koppel_identity.signing import new_key
from koppel_identity.store.database import open_database
from koppel_identity.web.app import build_app

KEY = new_key()


class Browser:
    """Calls the issuer without a socket; keeps its cookies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._cookies = httpx.Cookies()

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, given))

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, **form: object) -> httpx.Response:
        return self.request("POST", path, data=form)

    async def _request(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(
            transport=transport, base_url=DEFAULT_ISSUER, cookies=self._cookies
        ) as client:
            answer = await client.request(method, path, **given)
            self._cookies = client.cookies
        return answer


@dataclass
class Site:
    """The issuer, a browser that approves as soon as a code is asked for, and the clock of both sides."""

    browser: Browser
    now: float = 1_800_000_000
    approves: Callable[[str], object] = lambda page: None
    changed: dict[str, Any] = field(default_factory=dict)
    """Answers of the issuer by path, in place of its own."""
    refreshes: int = 0
    waits: list[float] = field(default_factory=list)

    def request(self, method: str, url: str, **given: Any) -> httpx.Response:
        place = httpx.URL(url)
        if place.host != "127.0.0.1":
            raise httpx.ConnectError("nobody listens")
        if (answer := self.changed.get(place.path)) is not None:
            return httpx.Response(answer[0], content=answer[1])
        form = given.get("data") or {}
        self.refreshes += form.get("grant_type") == "refresh_token"
        told = self.browser.request(method, place.path, data=form or None, headers=given.get("headers"))
        if place.path == "/oauth/device_authorization" and told.status_code == 200:
            self.approves(told.json()["user_code"])
        return httpx.Response(told.status_code, content=told.content)

    def be(self, name: str) -> Callable[[str], object]:
        """Whoever sees the code logs in as this operator."""

        def approve(code: str) -> None:
            place = self.browser.post("/device", user_code=code).headers["location"]
            csrf = self.browser.get(place).text.partition('name="csrf" value="')[2].partition('"')[0]
            done = self.browser.post(f"{place}/operator", csrf=csrf, operator=name)
            assert done.status_code == 200

        return approve

    def cancel(self, code: str) -> None:
        place = self.browser.post("/device", user_code=code).headers["location"]
        csrf = self.browser.get(place).text.partition('name="csrf" value="')[2].partition('"')[0]
        self.browser.post(f"{place}/cancel", csrf=csrf)


def site_of(monkeypatch: pytest.MonkeyPatch, state_dir: Path) -> Site:
    """Commands meet it."""

    def clock() -> int:
        return int(made.now)

    def wait(seconds: float) -> None:
        made.waits.append(seconds)
        made.now += seconds

    issuer = Issuer(DEFAULT_ISSUER, KEY, clock)
    services = Services(issuer, connection_svc=None, assignment_svc=None)
    made = Site(Browser(build_app(issuer, open_database(None), services, clock)))
    made.approves = made.be("Jan")
    monkeypatch.setattr("koppel_cli.http_call.request", made.request)
    for module in ("device", "session"):
        clock_of_ours = SimpleNamespace(sleep=wait, time=lambda: made.now)
        monkeypatch.setattr(f"koppel_cli.login.{module}.time", clock_of_ours)
    (state_dir / "ports").mkdir()
    (state_dir / "ports" / "identity").write_text("8170\n")
    return made


def file_of(name: str) -> Path:
    return profiles.folder() / f"{name}.json"
