"""Connection strings: what a raw password breaks is refused, and no part of it is told."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from koppel.platform.database_url import checked_database_url, read_password, with_password
from koppel.platform.settings import MigrationSettings, load_settings

ODD = ["a/b@c#d%e", "1/2", "7?x", "p#q", ":", "@@", "é ü\t", "'\"\\$(x)", "%41", "line\nbreak", " kept "]


@pytest.mark.parametrize("password", ["a/b@c#d%e", "1/2", "80/x@y", "7?x", "7?a@b=c", "5#q"])
def test_a_raw_password_that_ends_the_host_is_refused_without_telling_it(password: str) -> None:
    with pytest.raises(ValueError) as refused:
        checked_database_url(f"postgresql://someone:{password}@db:5432/koppel")
    assert not [part for part in re.split(r"\W", password) if len(part) > 1 and part in str(refused.value)]
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://a:b@db:5432/koppel",
        "postgres://a@db/koppel",
        "postgresql://postgres@/koppel?host=/var/run/postgresql",
        "postgresql://a:p%2F%40@[::1]:5432/koppel?sslmode=require",
    ],
)
def test_what_is_a_connection_string_is_taken(url: str) -> None:
    assert checked_database_url(url) == url


@pytest.mark.parametrize("password", ODD)
def test_a_password_of_any_characters_arrives(password: str, tmp_path: Path) -> None:
    (file := tmp_path / "password").write_bytes(f"{password}\n".encode())
    url = with_password("postgresql://someone:other@db:5432/koppel", read_password(file))
    parts = urlsplit(checked_database_url(url))
    assert (parts.username, unquote(parts.password or ""), parts.path) == ("someone", password, "/koppel")
    assert (parts.hostname, parts.port) == ("db", 5432)


def test_a_bad_connection_string_ends_the_start_with_one_line_without_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("X_MIGRATION_DATABASE_URL", "postgresql://owner:hush/hush@db:5432/koppel")
    with pytest.raises(SystemExit):
        load_settings(MigrationSettings, env_prefix="X_")
    said = capsys.readouterr().err
    assert said.startswith("error: X_MIGRATION_DATABASE_URL is not valid: must look like postgresql://")
    assert said.count("\n") == 1
    assert "hush" not in said


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read"), ("", "is empty")])
def test_a_password_file_that_says_nothing_ends_the_start_with_one_line(
    content: str | None, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if content is not None:
        (tmp_path / "password").write_text(content)
    monkeypatch.setenv("X_MIGRATION_DATABASE_URL", "postgresql://owner@db/koppel")
    monkeypatch.setenv("X_MIGRATION_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(SystemExit):
        load_settings(MigrationSettings, env_prefix="X_")
    assert says in capsys.readouterr().err
