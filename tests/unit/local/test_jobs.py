"""The one-shot jobs: repeatable, and one line when something is missing."""

import re
from pathlib import Path

import pytest

from koppel.platform.telemetry.redaction import redact
from koppel_local.jobs.main import main
from koppel_local.jobs.passwords import ROLES


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOPPEL_DATABASE_URL", raising=False)
    for role in ROLES:
        monkeypatch.delenv(f"KOPPEL_{role.upper()}_PASSWORD_FILE", raising=False)
        monkeypatch.setenv(f"KOPPEL_{role.upper()}_PASSWORD", f"a/b@c#d%e'{role}")


def _make(folder: Path) -> int:
    places = ["--issuer", str(folder / "issuer"), "--secrets", str(folder)]
    return main(["secrets", *places, "--issuer-url", "http://127.0.0.1:8170"])


def test_every_reader_gets_its_own_password_and_nobody_elses(tmp_path: Path) -> None:
    assert _make(tmp_path) == 0
    for role in ROLES:
        schema, _, kind = role.partition("_")
        folder = tmp_path / (f"{schema}-svc" if kind == "app" else f"{schema}-svc-owner")
        assert (folder / "database-password").read_text() == f"a/b@c#d%e'{role}"
        assert (folder / "database-password").stat().st_mode & 0o777 == 0o600


def test_a_changed_password_is_written_and_the_keys_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make(tmp_path)
    key = (tmp_path / "connection-svc/key").read_bytes()
    monkeypatch.setenv("KOPPEL_SYNC_APP_PASSWORD", "another")
    _make(tmp_path)
    assert (tmp_path / "sync-svc/database-password").read_text() == "another"
    assert (tmp_path / "connection-svc/key").read_bytes() == key


def test_missing_passwords_are_named_in_one_line_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KOPPEL_SYNC_APP_PASSWORD")
    monkeypatch.setenv("KOPPEL_IMPORT_OWNER_PASSWORD", "")
    assert _make(tmp_path) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: Not set: KOPPEL_IMPORT_OWNER_PASSWORD, KOPPEL_SYNC_APP_PASSWORD.")
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [None, b"", b"\xff"])
def test_a_password_file_that_says_nothing_is_named(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    monkeypatch.setenv("KOPPEL_SYNC_APP_PASSWORD_FILE", str(tmp_path / "file"))
    assert main(["bootstrap"]) == 1
    said = capsys.readouterr().err
    assert f"KOPPEL_SYNC_APP_PASSWORD_FILE names {tmp_path / 'file'}" in said
    assert said.count("\n") == 1
    assert redact(said) == said, "the reason is not taken for the password"


@pytest.mark.parametrize("job", ["bootstrap", "topics"])
def test_a_job_that_is_not_told_where_says_which_variable(
    job: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KOPPEL_KAFKA_BOOTSTRAP_SERVERS", raising=False)
    assert main([job]) == 1
    assert "is not set" in capsys.readouterr().err


def test_a_bad_address_of_the_administrator_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KOPPEL_DATABASE_URL", "postgresql://postgres:hush/hush@db:5432/koppel")
    assert main(["bootstrap"]) == 1
    said = capsys.readouterr().err
    assert "must look like postgresql://" in said
    assert "hush" not in said


def test_help_and_the_page_of_settings_name_every_variable(capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(__file__).parents[3]
    text = "\n".join(
        path.read_text("utf-8") for path in (root / "deploy/local/src/koppel_local/jobs").glob("*.py")
    )
    read = set(re.findall(r'"(KOPPEL_[A-Z_]+[A-Z])"', text))
    with pytest.raises(SystemExit):
        main(["--help"])
    told, page = capsys.readouterr().out, (root / "docs/settings.md").read_text("utf-8")
    assert {"KOPPEL_DATABASE_URL", "KOPPEL_ADMINISTRATOR_PASSWORD"} <= read
    assert not {name for name in read if name not in told or name not in page}
