"""A Kafka of somebody else: its variables reach whoever asks it and the services, and are remembered."""

from pathlib import Path

import pytest

from koppel.platform.kafka.access import client_options
from koppel_local.failure import SetupFailed
from koppel_local.jobs.main import main
from koppel_local.kafka.given import kafka_in_environment, kafka_of, kafka_variables
from koppel_local.progress import no_progress
from koppel_local.stack.environment import Addresses, Environment
from koppel_local.stack.external_servers import ExternalServers
from koppel_local.stack.layout import SERVICES
from koppel_local.stack.servers import EmbeddedBroker, ExternalBroker, choose_broker

CANARY = "kanarie-31fe"
LOGIN = {
    "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": "k:9093",
    "KOPPEL_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KOPPEL_KAFKA_SASL_USERNAME": "topics",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    (file := tmp_path / "password").write_text(f"{CANARY}\n")
    for name, value in (LOGIN | {"KOPPEL_KAFKA_SASL_PASSWORD_FILE": str(file)}).items():
        monkeypatch.setenv(name, value)
    return kafka_in_environment()


def test_a_password_in_a_file_is_read(given: dict[str, str]) -> None:
    assert client_options(kafka_of(given))["sasl_plain_password"] == CANARY


def test_services_are_told_all_of_it_and_later_commands_know_it(
    given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = ExternalServers(tmp_path / "given.json")
    servers.remember(servers.read())
    for name in kafka_variables(given):
        monkeypatch.delenv(name, raising=False)
    broker = choose_broker(servers.read(), tmp_path, lambda _: None, no_progress)
    assert isinstance(broker, ExternalBroker)
    assert client_options(broker.kafka)["sasl_plain_username"] == "topics"
    assert LOGIN.items() <= broker.variables.items()
    assert broker.variables["KOPPEL_KAFKA_SASL_PASSWORD_FILE"] == str(tmp_path / "password")


def test_another_login_replaces_all_that_was_remembered(
    given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = ExternalServers(tmp_path / "given.json")
    servers.remember(servers.read())
    monkeypatch.delenv("KOPPEL_KAFKA_SASL_PASSWORD_FILE")
    monkeypatch.setenv("KOPPEL_KAFKA_SASL_PASSWORD", "another")
    assert client_options(kafka_of(servers.read()))["sasl_plain_password"] == "another"
    monkeypatch.delenv("KOPPEL_KAFKA_BOOTSTRAP_SERVERS")
    assert client_options(kafka_of(servers.read()))["sasl_plain_password"] == CANARY


def test_a_certificate_that_is_gone_keeps_nobody_from_stopping_the_stack(
    given: dict[str, str], tmp_path: Path
) -> None:
    broker = choose_broker(given | {"kafka_ca_file": "/nowhere"}, tmp_path, lambda _: None, no_progress)
    broker.stop()
    assert (broker.bootstrap_servers, broker.ready) == ("k:9093", False)
    with pytest.raises(SetupFailed, match="KOPPEL_KAFKA_CA_FILE"):
        broker.await_ready()


def test_every_service_is_told(given: dict[str, str], tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    told = kafka_variables(given)
    addresses = Addresses(
        database_dsn="postgresql://postgres@127.0.0.1:5000/koppel",
        kafka=told,
        services={part.name: f"http://127.0.0.1:{part.port}" for part in SERVICES},
        sandbox="http://127.0.0.1:8190",
        identity="http://127.0.0.1:8170",
    )
    for part in SERVICES:
        assert told.items() <= environment.of(part, addresses).items()


def test_the_embedded_broker_is_reached_in_plaintext_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOPPEL_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    broker = choose_broker({}, tmp_path, lambda _: None, no_progress)
    assert isinstance(broker, EmbeddedBroker)
    broker._server._wanted_port = 9000
    told = dict(broker.variables)
    assert told.pop("KOPPEL_KAFKA_BOOTSTRAP_SERVERS") == broker.kafka == "127.0.0.1:9000"
    assert set(told.values()) == {""}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (
            {"kafka_security_protocol": ""},
            "KOPPEL_KAFKA_SECURITY_PROTOCOL is PLAINTEXT, and a login is given",
        ),
        ({"kafka_security_protocol": "TLS"}, "KOPPEL_KAFKA_SECURITY_PROTOCOL is not valid: "),
        ({"kafka_sasl_password": CANARY}, "KOPPEL_KAFKA_SASL_PASSWORD_FILE are both set. Set one"),
        ({"kafka_ca_file": "/nowhere"}, "KOPPEL_KAFKA_CA_FILE is not valid: /nowhere cannot be read"),
        ({"kafka_sasl_password_file": "/nowhere"}, "KOPPEL_KAFKA_SASL_PASSWORD_FILE is not valid: "),
    ],
)
def test_what_does_not_go_together_is_one_line(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], named: str
) -> None:
    for name in changed:
        monkeypatch.delenv(f"KOPPEL_{name.upper()}", raising=False)
    with pytest.raises(SetupFailed) as failed:
        kafka_of(given | changed)
    assert named in str(failed.value)
    assert CANARY not in str(failed.value)


def test_the_job_of_topics_says_it_too(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KOPPEL_KAFKA_SASL_USERNAME", "")
    assert main(["topics"]) == 1
    said = capsys.readouterr().err
    assert "set KOPPEL_KAFKA_SASL_USERNAME" in said
    assert (said.count("\n"), CANARY in said) == (1, False)
