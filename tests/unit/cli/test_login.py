"""`koppel login`: by device code at the real issuer, its answers in place of HTTP; kept, renewed, ended."""

import asyncio
import json
import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import jwt
import pytest
from starlette.types import ASGIApp

from koppel_cli.credentials import operator_token, person_token
from koppel_cli.failure import CommandFailed
from koppel_cli.login import profiles
from koppel_cli.main import main
from koppel_cli.places import addresses
from koppel_identity.claims import DEFAULT_ISSUER
from koppel_identity.directory.services import Services
from koppel_identity.issuer import Issuer
from koppel_identity.signing import new_key
from koppel_identity.store.database import open_database
from koppel_identity.web.app import build_app

KEY = new_key()
METADATA = b'{"issuer": "http://127.0.0.1:8170", "token_endpoint": "%s", "device_authorization_endpoint": "http://127.0.0.1/"}'


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


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, state_dir: Path) -> Site:
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


def claims(token: str | None) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token or "", options={"verify_signature": False})
    return found


def file_of(name: str) -> Path:
    return profiles.folder() / f"{name}.json"


def test_a_login_is_kept_for_its_owner_alone_and_shown_without_its_tokens(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["login"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "logged in as Jan, profile default\n"
    assert re.search(r"/device\?user_code=[B-Z]{4}-[B-Z]{4}\n", printed.err)
    assert stat.S_IMODE(file_of("default").stat().st_mode) == 0o600
    kept = profiles.load("default")
    assert kept
    assert main(["profiles", "--json"]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown)["items"][0]["who"] == "Jan"
    for secret in (kept.access_token, kept.refresh_token or "?"):
        assert secret not in printed.out + printed.err + shown + repr(kept)


def test_commands_call_as_who_logged_in_unless_a_token_is_given(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["login"])
    assert claims(operator_token())["rights"] == ["operator", "preview", "replay"]
    assert person_token() == operator_token()
    monkeypatch.setenv("KOPPEL_TOKEN", "given")
    assert (operator_token(), person_token()) == ("given", "given")


def test_a_login_is_renewed_once_for_all_commands(site: Site) -> None:
    main(["login"])
    first = operator_token()
    site.now += 880
    second = operator_token()
    assert second != first
    assert operator_token() == second
    assert site.refreshes == 1
    assert claims(second)["sub"] == claims(first)["sub"]


def test_commands_at_the_same_time_renew_it_once(site: Site) -> None:
    main(["login"])
    site.now += 900
    with ThreadPoolExecutor(4) as commands:
        tokens = set(commands.map(lambda _: operator_token(), range(8)))
    assert len(tokens) == 1
    assert site.refreshes == 1


def test_who_is_told_to_slow_down_waits_longer(site: Site) -> None:
    site.changed["/oauth/token"] = (400, b'{"error": "slow_down"}')
    assert main(["login"]) == 1
    assert site.waits[:3] == [5, 10, 15]


def test_an_issuer_that_does_not_rotate_keeps_the_refresh_token(site: Site) -> None:
    main(["login"])
    before = profiles.load("default")
    site.changed["/oauth/token"] = (200, b'{"access_token": "next", "expires_in": 60}')
    site.now += 900
    assert operator_token() == "next"
    after = profiles.load("default")
    assert before
    assert after
    assert after.refresh_token == before.refresh_token


def test_a_login_that_has_ended_says_how_to_begin_again(site: Site) -> None:
    main(["login"])
    site.now += 31 * 24 * 3600
    with pytest.raises(CommandFailed, match="koppel login default") as ended:
        operator_token()
    assert ended.value.code == "login_ended"


def test_profiles_are_of_several_people_and_installations(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["login", "jan"])
    site.approves = site.be("Piet")
    sync = "https://koppel.example/sync"
    assert main(["login", "piet", "--address", f"sync-svc={sync}"]) == 0
    piet = claims(operator_token())["sub"]
    assert addresses() == {
        "connection-svc": None,
        "import-svc": None,
        "assignment-svc": None,
        "sync-svc": sync,
    }
    monkeypatch.setenv("KOPPEL_PROFILE", "jan")
    assert claims(operator_token())["sub"] != piet
    assert addresses()["sync-svc"] is None
    monkeypatch.delenv("KOPPEL_PROFILE")
    assert main(["profiles", "use", "jan"]) == 0
    assert claims(operator_token())["sub"] != piet
    capsys.readouterr()
    assert main(["profiles"]) == 0
    lines = capsys.readouterr().out.splitlines()
    used = [line.split()[:3] for line in lines if "Jan" in line or "Piet" in line]
    assert used == [["*", "jan", "Jan"], ["-", "piet", "Piet"]]


def test_a_login_elsewhere_sends_its_token_to_no_address_of_this_machine(site: Site, state_dir: Path) -> None:
    (state_dir / "ports" / "import-svc").write_text("8102\n")
    assert addresses()["import-svc"] == "http://127.0.0.1:8102"
    main(["login", "noord", "--address", "sync-svc=https://koppel.example/sync"])
    assert addresses()["import-svc"] is None


def test_logging_out_ends_the_login_here_and_at_the_issuer(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["login"])
    kept = profiles.load("default")
    assert main(["logout"]) == 0
    assert profiles.load("default") is None
    assert kept
    form = {"grant_type": "refresh_token", "client_id": "koppel-cli", "refresh_token": kept.refresh_token}
    assert site.browser.post("/oauth/token", **form).json()["error"] == "invalid_grant"
    main(["login"])
    site.changed["/oauth/revoke"] = (503, b"")
    capsys.readouterr()
    assert main(["logout"]) == 0
    assert "could not be told" in capsys.readouterr().err
    assert not file_of("default").exists()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (["login", "../x"], "cannot be called"),
        (["login", "--issuer", "http://login.example"], "not sent to"),
        (["login", "--issuer", "https://login.example"], "does not answer"),
        (["login", "--issuer", "http://127.0.0.1:8170/realms/x"], "as no issuer does"),
        (["login", "--issuer", "ftp://127.0.0.1"], "not sent to"),
        (["login", "--client-id", "stranger"], "does not know this client"),
        (["login", "--scope", "everything"], "does not know this scope"),
        (["login", "--address", "mail-svc=http://x"], "names no service"),
        (["login", "--address", "sync-svc"], "names no service"),
        (["login", "--address", "sync-svc=http://koppel.example"], "not sent to"),
        (["logout", "nobody"], "There is no login nobody"),
        (["profiles", "use", "nobody"], "There is no login nobody"),
    ],
)
def test_what_cannot_be_is_one_line_and_a_hint(
    site: Site, asked: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(asked) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert code in error
    assert hint.startswith("hint: ")
    assert profiles.names() == []


@pytest.mark.parametrize(
    ("path", "status", "body", "told"),
    [
        ("/.well-known/openid-configuration", 200, b"<html>", "as no issuer does"),
        ("/.well-known/openid-configuration", 200, b'{"issuer": "https://other.example"}', "says that it is"),
        (
            "/.well-known/openid-configuration",
            200,
            b'{"issuer": "http://127.0.0.1:8170", "token_endpoint": "http://127.0.0.1/"}',
            "has no device_authorization_endpoint",
        ),
        (
            "/.well-known/openid-configuration",
            200,
            METADATA % b"http://evil.example/",
            "not sent to",
        ),
        ("/oauth/device_authorization", 503, b"", "as no issuer does"),
        ("/oauth/device_authorization", 200, b"{}", "gave no device code"),
        ("/oauth/token", 200, b"[]", "as no issuer does"),
        ("/oauth/token", 200, b"{}", "gave no access token"),
        ("/oauth/token", 400, b'{"error": "server_error"}', "refused the login (server_error)"),
    ],
)
def test_an_issuer_that_answers_garbage_is_one_line(
    site: Site, path: str, status: int, body: bytes, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site.changed[path] = (status, body)
    assert main(["login"]) == 1
    assert told in capsys.readouterr().err
    assert profiles.names() == []


def test_a_login_that_nobody_approves_or_that_is_cancelled_ends(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.approves = lambda code: None
    assert main(["login"]) == 1
    assert "Nobody approved it in time" in capsys.readouterr().err
    site.approves = site.cancel
    assert main(["login"]) == 1
    assert "cancelled in the browser" in capsys.readouterr().err


def test_a_file_that_is_no_login_is_told_and_made_anew(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    main(["login"])
    for broken in ("", "[]", '{"name": 1}'):
        file_of("default").write_text(broken)
        with pytest.raises(CommandFailed, match="koppel login default"):
            operator_token()
    assert main(["login"]) == 0
    assert operator_token()
    monkeypatch.setenv("KOPPEL_PROFILE", "nobody")
    with pytest.raises(CommandFailed, match="There is no login nobody"):
        operator_token()


def test_where_nothing_can_be_kept_it_says_so(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KOPPEL_CONFIG_DIR", str(tmp_path / "file"))
    assert main(["login"]) == 1
    assert "cannot be kept" in capsys.readouterr().err
