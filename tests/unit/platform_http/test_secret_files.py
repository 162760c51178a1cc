"""A secret may stand in a file."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from koppel.platform.settings import environment, load_settings


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
