"""Which providers are on: from one map of the environment, and for one release from the names of before it."""

import logging
import os

import pytest

from connection_svc.settings import load_providers

NEW, FORMER = "KOPPEL_PROVIDERS_EACCOUNTING_", "CONNECTION_SVC_EACCOUNTING_"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("KOPPEL_PROVIDERS_", FORMER)):
            monkeypatch.delenv(name)


def given(monkeypatch: pytest.MonkeyPatch, prefix: str, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(prefix + name, value)


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_with:
        load_providers()
    assert exit_with.value.code == 2
    return capsys.readouterr().err


def test_providers_come_from_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, NEW, CLIENT_ID="koppel", CLIENT_SECRET="hush", TOKEN_URL="http://p.test/token")
    [provider] = load_providers().values()
    assert provider.default_region.credentials.client_id == "koppel"
    assert provider.default_region.endpoints.token_url == "http://p.test/token"


def test_the_names_of_before_are_read_with_a_warning_each(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given(monkeypatch, FORMER, CLIENT_ID="koppel", CLIENT_SECRET="hush")
    given(monkeypatch, NEW, CLIENT_ID="newer")
    with caplog.at_level(logging.WARNING):
        [provider] = load_providers().values()
    assert provider.default_region.credentials.client_id == "newer"
    assert f"{FORMER}CLIENT_SECRET is deprecated: write {NEW}CLIENT_SECRET" in caplog.text
    assert "hush" not in caplog.text


def test_without_any_provider_the_start_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert "KOPPEL_PROVIDERS_<ID>_CLIENT_ID is not set. hint: no provider is on" in refused(capsys)


def test_each_mistake_ends_the_start_with_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, NEW, CLIENT_ID="koppel", SECRET="hush", TOKEN_URL="p.test")
    told = refused(capsys)
    assert {line.partition(" ")[0] for line in told.replace("error: ", "").splitlines()} == {
        f"{NEW}SECRET",
        f"{NEW}CLIENT_SECRET",
        f"{NEW}TOKEN_URL",
    }
    assert "hush" not in told
