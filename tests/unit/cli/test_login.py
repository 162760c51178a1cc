"""`koppel login`: by device code at the real issuer, its answers in place of HTTP; kept, renewed, ended."""

import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import pytest

from koppel_cli.credentials import operator_token, person_token
from koppel_cli.failure import CommandFailed
from koppel_cli.login import profiles
from koppel_cli.main import main
from koppel_cli.places import addresses

from .issuing import Site, file_of


def claims(token: str | None) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token or "", options={"verify_signature": False})
    return found


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
