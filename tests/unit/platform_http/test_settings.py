"""The environment: read once, complained about by name."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from koppel.platform.settings import (
    CommaSeparated,
    Duration,
    KoppelSettings,
    MigrationSettings,
    ProcessRole,
    ServiceSettings,
    environment,
    load_settings,
)

CANARY = "kanarie-99d2"


class ExampleSettings(ServiceSettings):
    model_config = environment("EXAMPLE_SVC_")

    port: int = 8199
    key_file: Path = Field(description="file with the key-encryption key")
    client_secret: SecretStr
    pause: Duration = timedelta(seconds=1)
    prefixes: CommaSeparated = ()


REQUIRED = {
    "EXAMPLE_SVC_DATABASE_URL": f"postgresql://app:{CANARY}@127.0.0.1/koppel",
    "EXAMPLE_SVC_KEY_FILE": "/keys/kek",
    "EXAMPLE_SVC_CLIENT_SECRET": CANARY,
}


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_service_reads_its_own_prefix(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("EXAMPLE_SVC_PORT", "9000")
    variables.setenv("EXAMPLE_SVC_ROLES", "http, relay")
    variables.setenv("EXAMPLE_SVC_PREFIXES", "https://a.test/, loopback")
    settings = load_settings(ExampleSettings)
    assert settings.port == 9000
    assert settings.host == "127.0.0.1"
    assert settings.roles == {ProcessRole.HTTP, ProcessRole.RELAY}
    assert settings.prefixes == ("https://a.test/", "loopback")
    assert CANARY not in repr(settings)


def test_all_roles_run_unless_told_otherwise(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("EXAMPLE_SVC_ROLES", "")
    assert load_settings(ExampleSettings).roles == set(ProcessRole)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("30s", 30), ("500ms", 0.5), ("5m", 300), ("1.5h", 5400), ("14d", 1_209_600)],
)
def test_durations_are_written_with_their_unit(
    variables: pytest.MonkeyPatch, text: str, seconds: float
) -> None:
    variables.setenv("EXAMPLE_SVC_PAUSE", text)
    assert load_settings(ExampleSettings).pause == timedelta(seconds=seconds)


def test_a_missing_variable_is_named_with_a_hint(
    variables: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    variables.delenv("EXAMPLE_SVC_KEY_FILE")
    variables.setenv("EXAMPLE_SVC_CLIENT_SECRET", "")
    with pytest.raises(SystemExit) as ended:
        load_settings(ExampleSettings)
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: EXAMPLE_SVC_KEY_FILE is not set. hint: file with the key-encryption key",
        "error: EXAMPLE_SVC_CLIENT_SECRET is not set.",
    ]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("EXAMPLE_SVC_PORT", CANARY),
        ("EXAMPLE_SVC_PORT", "70000"),
        ("EXAMPLE_SVC_ROLES", f"http,{CANARY}"),
        ("EXAMPLE_SVC_PAUSE", f"{CANARY} s"),
    ],
)
def test_a_bad_value_is_named_and_not_repeated(
    variables: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str
) -> None:
    variables.setenv(variable, value)
    if value == "70000":

        class Narrow(ExampleSettings):
            port: int = Field(8199, le=65535)

        cls: type[ExampleSettings] = Narrow
    else:
        cls = ExampleSettings
    with pytest.raises(SystemExit):
        load_settings(cls)
    complaint = capsys.readouterr().err
    assert complaint.startswith(f"error: {variable} is not valid: ")
    assert CANARY not in complaint
    assert len(complaint.splitlines()) == 1


def test_shared_settings_need_exactly_one_source_of_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KOPPEL_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    monkeypatch.setenv("KOPPEL_JWT_ISSUER", "https://issuer.test")
    monkeypatch.delenv("KOPPEL_JWKS_FILE", raising=False)
    monkeypatch.delenv("KOPPEL_JWKS_URL", raising=False)
    with pytest.raises(SystemExit):
        load_settings(KoppelSettings)
    assert "error: set exactly one of KOPPEL_JWKS_FILE and KOPPEL_JWKS_URL." in capsys.readouterr().err
    monkeypatch.setenv("KOPPEL_JWKS_FILE", "/keys/jwks.json")
    settings = load_settings(KoppelSettings)
    assert (settings.jwt_audience, settings.shutdown_grace) == ("koppel", timedelta(seconds=15))


def test_migrating_needs_the_owners_address_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EXAMPLE_SVC_MIGRATION_DATABASE_URL", "postgresql://owner@127.0.0.1/koppel")
    loaded = load_settings(MigrationSettings, env_prefix="EXAMPLE_SVC_")
    assert loaded.migration_database_url.get_secret_value().startswith("postgresql://owner")
    with pytest.raises(SystemExit):
        load_settings(MigrationSettings, env_prefix="OTHER_SVC_")
    assert capsys.readouterr().err.startswith("error: OTHER_SVC_MIGRATION_DATABASE_URL is not set.")


SHARED = {
    "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "KOPPEL_JWT_ISSUER": "https://issuer.test",
    "KOPPEL_JWKS_FILE": "/keys/jwks.json",
}


@pytest.mark.parametrize("text", ["", '{"planning-svc": ["request_syncs"]}', "{}"])
def test_the_access_of_services_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    for name, value in (SHARED | {"KOPPEL_SERVICE_ACCESS": text}).items():
        monkeypatch.setenv(name, value)
    access = load_settings(KoppelSettings).service_access
    assert access.allows("sync-svc", "borrow") == (text == "")
    assert access.allows("planning-svc", "request_syncs") == ("planning" in text)


@pytest.mark.parametrize(
    "text", ["borrow", "[]", '{"a": "borrow"}', '{"a": ["fly", 1], "b": 2}', '{"a": ["fly"]}']
)
def test_a_bad_table_of_access_ends_the_start_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    for name, value in (SHARED | {"KOPPEL_SERVICE_ACCESS": text}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load_settings(KoppelSettings)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: KOPPEL_SERVICE_ACCESS is not valid: ")
    assert 'hint: JSON such as {"sync-svc": ["borrow"]}' in line
