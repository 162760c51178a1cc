"""`koppel login` where it cannot be: one line that says why, and a hint."""

from pathlib import Path

import pytest

from koppel_cli.credentials import operator_token
from koppel_cli.failure import CommandFailed
from koppel_cli.login import profiles
from koppel_cli.main import main

from .issuing import Site, file_of

METADATA = b'{"issuer": "http://127.0.0.1:8170", "token_endpoint": "%s", "device_authorization_endpoint": "http://127.0.0.1/"}'


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
