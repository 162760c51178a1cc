"""A secret may stand in a file."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from koppel.platform.settings import environment, load_settings, variables_under


class _Own(BaseSettings):
    model_config = environment("X_")

    client_secret: SecretStr


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("X_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    return tmp_path / "secret"


def test_a_secret_of_any_characters_is_read_from_its_file(file: Path) -> None:
    file.write_text("a/b@c#d%e'\"$\n")
    assert load_settings(_Own).client_secret.get_secret_value() == "a/b@c#d%e'\"$"


@pytest.mark.parametrize("content", [None, "", "both"])
def test_a_file_that_gives_none_ends_the_start_with_one_line(
    content: str | None, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        file.write_text(content)
    if content:
        monkeypatch.setenv("X_CLIENT_SECRET", "hush")
    with pytest.raises(SystemExit) as ended:
        load_settings(_Own)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert "X_CLIENT_SECRET_FILE" in said
    assert "hush" not in said


def test_a_map_of_variables_takes_any_of_them_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (secret := tmp_path / "secret").write_text("a/b#c\n")
    for name, value in {"A_ID": "one", "A_EMPTY": "", "A_SECRET_FILE": str(secret), "B_ID": "x"}.items():
        monkeypatch.setenv(f"KOPPEL_MAP_{name}", value)
    assert variables_under("KOPPEL_MAP_A_") == {"ID": "one", "SECRET": "a/b#c"}
    monkeypatch.setenv("KOPPEL_MAP_A_SECRET", "twice")
    with pytest.raises(SystemExit):
        variables_under("KOPPEL_MAP_A_")
    assert "set one of KOPPEL_MAP_A_SECRET and KOPPEL_MAP_A_SECRET_FILE" in capsys.readouterr().err
    monkeypatch.delenv("KOPPEL_MAP_A_SECRET")
    monkeypatch.setenv("KOPPEL_MAP_A_SECRET_FILE", str(tmp_path / "gone"))
    with pytest.raises(SystemExit):
        variables_under("KOPPEL_MAP_A_")
    assert "KOPPEL_MAP_A_SECRET_FILE is not valid" in capsys.readouterr().err
