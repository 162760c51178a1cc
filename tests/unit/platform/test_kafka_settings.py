"""How to get into Kafka is read whole or refused with one line, and nothing tells the password."""

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from pydantic import SecretStr

from koppel.contracts.administration import AdministrationRenamed
from koppel.platform.consumer import Consumer, Subscriptions, live
from koppel.platform.consumer.kafka.client import PollingConsumer
from koppel.platform.kafka.access import KafkaAccess, Login, SaslMechanism, client_options
from koppel.platform.kafka.settings import KafkaSettings
from koppel.platform.settings import environment, load_settings
from koppel.testing.authority import Authority

CANARY = "kanarie-77aa"
LOGIN = {"SASL_USERNAME": "sync-svc", "SASL_PASSWORD": CANARY}
Read = Callable[..., KafkaAccess]


class Settings(KafkaSettings):
    model_config = environment("KOPPEL_")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    def of(**variables: str | Path) -> KafkaAccess:
        for name, value in ({"BOOTSTRAP_SERVERS": "k:9093"} | variables).items():
            monkeypatch.setenv(f"KOPPEL_KAFKA_{name}", str(value))
        return load_settings(Settings).kafka

    return of


@pytest.fixture
def refused(read: Read, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def of(**variables: str | Path) -> str:
        with pytest.raises(SystemExit) as ended:
            read(**variables)
        said = capsys.readouterr().err
        assert (ended.value.code, said.count("\n"), CANARY in said) == (2, 1, False)
        return said.removeprefix("error: ")

    return of


def test_addresses_alone_are_reached_in_plaintext_and_nobody_logs_in(read: Read) -> None:
    assert (
        client_options(read())
        == client_options("k:9093")
        == {
            "bootstrap_servers": "k:9093",
            "security_protocol": "PLAINTEXT",
            "ssl_context": None,
        }
    )


@pytest.mark.parametrize("mechanism", SaslMechanism)
def test_a_login_over_tls_is_what_clients_are_given(read: Read, mechanism: SaslMechanism) -> None:
    options = client_options(read(SECURITY_PROTOCOL="SASL_SSL", SASL_MECHANISM=mechanism, **LOGIN))
    context = options.pop("ssl_context")
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert options == {
        "bootstrap_servers": "k:9093",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": mechanism.value,
        "sasl_plain_username": "sync-svc",
        "sasl_plain_password": CANARY,
    }


def test_the_mechanism_is_scram_with_sha_512_and_the_password_may_stand_in_a_file(
    read: Read, tmp_path: Path
) -> None:
    (file := tmp_path / "password").write_text("a/b@c#d%e'\"$\n")
    options = client_options(
        read(SECURITY_PROTOCOL="SASL_SSL", SASL_USERNAME="sync-svc", SASL_PASSWORD_FILE=file)
    )
    assert (options["sasl_mechanism"], options["sasl_plain_password"]) == ("SCRAM-SHA-512", "a/b@c#d%e'\"$")


def test_a_certificate_of_our_own_is_shown_where_its_files_are_given(read: Read, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.sign("client")
    access = read(SECURITY_PROTOCOL="SSL", CA_FILE=authority.file, CERTIFICATE_FILE=certificate, KEY_FILE=key)
    assert (access.security_protocol, access.login) == ("SSL", None)


def test_the_password_is_in_no_text_of_the_settings(read: Read) -> None:
    access = read(SECURITY_PROTOCOL="SASL_SSL", **LOGIN)
    assert CANARY not in f"{access!r} {access} {load_settings(Settings)!r}"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        (LOGIN, "KOPPEL_KAFKA_SECURITY_PROTOCOL is PLAINTEXT, and a login is given"),
        ({"SECURITY_PROTOCOL": "SSL", "SASL_USERNAME": "a"}, "SECURITY_PROTOCOL is SSL, and a login is given"),
        ({"SECURITY_PROTOCOL": "SSL", "SASL_PASSWORD": CANARY}, "SECURITY_PROTOCOL is SSL, and a login is given"),
        ({"SECURITY_PROTOCOL": "SASL_SSL", "SASL_USERNAME": "a"}, "set KOPPEL_KAFKA_SASL_USERNAME and KOPPEL_KAFKA_SASL_PASSWORD"),
        ({"SECURITY_PROTOCOL": "SASL_SSL", "SASL_PASSWORD": CANARY}, "set KOPPEL_KAFKA_SASL_USERNAME and"),
        ({"SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, "set KOPPEL_KAFKA_SASL_USERNAME and"),
        ({"SECURITY_PROTOCOL": "TLS"}, "KOPPEL_KAFKA_SECURITY_PROTOCOL is not valid"),
        ({"SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISM": "GSSAPI", **LOGIN}, "KOPPEL_KAFKA_SASL_MECHANISM is not valid"),
        ({"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_MECHANISM": "PLAIN", **LOGIN}, "KOPPEL_KAFKA_SASL_MECHANISM is PLAIN, which would"),
        ({"SECURITY_PROTOCOL": "SASL_SSL", "SASL_USERNAME": "a", "SASL_PASSWORD_FILE": "/nowhere"}, "KOPPEL_KAFKA_SASL_PASSWORD_FILE is not valid"),
        ({"SECURITY_PROTOCOL": "SSL", "CA_FILE": "/nowhere"}, "KOPPEL_KAFKA_CA_FILE is not valid: /nowhere cannot be read"),
        ({"SECURITY_PROTOCOL": "SSL", "KEY_FILE": "/nowhere"}, "set KOPPEL_KAFKA_CERTIFICATE_FILE and KOPPEL_KAFKA_KEY_FILE, both or none"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_ends_the_start_with_one_line(
    refused: Callable[..., str], variables: dict[str, str], named: str
) -> None:
    assert named in refused(**variables)


def test_certificates_without_tls_are_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "and certificates are given: set SSL or SASL_SSL" in refused(CA_FILE=Authority(tmp_path).file)


@pytest.mark.parametrize("servers", ["127.0.0.1:9092", "localhost:9092,[::1]:9092"])
def test_a_password_in_plaintext_stays_on_this_machine(
    read: Read, refused: Callable[..., str], servers: str
) -> None:
    plain = {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_MECHANISM": "PLAIN", **LOGIN}
    assert read(BOOTSTRAP_SERVERS=servers, **plain).security_protocol == "SASL_PLAINTEXT"
    assert "SASL_SSL" in refused(BOOTSTRAP_SERVERS=f"{servers},10.0.0.7:9092", **plain)


@pytest.mark.parametrize("ended", ["CA_FILE", "CERTIFICATE_FILE"])
def test_a_certificate_that_ended_is_named_with_its_day(
    refused: Callable[..., str], tmp_path: Path, ended: str
) -> None:
    authority = Authority(tmp_path)
    past, key = authority.sign("client", valid=-timedelta(hours=1))
    more = {"KEY_FILE": key} if ended == "CERTIFICATE_FILE" else {}
    said = refused(SECURITY_PROTOCOL="SSL", **{ended: past}, **more)
    assert f"KOPPEL_KAFKA_{ended} is not valid: {past} has no certificate that is valid: the last one" in said


def test_a_bundle_with_one_valid_authority_is_enough(read: Read, tmp_path: Path) -> None:
    past, now = Authority(tmp_path, "past", valid=-timedelta(hours=1)), Authority(tmp_path, "now")
    (bundle := tmp_path / "bundle").write_bytes(past.file.read_bytes() + now.file.read_bytes())
    assert read(SECURITY_PROTOCOL="SSL", CA_FILE=bundle).tls is not None


@pytest.mark.parametrize("key", ["another", "none", "with a password"])
def test_a_key_that_does_not_fit_is_named_and_nobody_is_asked_for_its_password(
    refused: Callable[..., str], tmp_path: Path, key: str
) -> None:
    authority = Authority(tmp_path)
    certificate, own = authority.sign("client")
    keys = {"another": authority.sign("other")[1], "none": tmp_path / "gone", "with a password": own}
    if key == "with a password":
        authority.lock(own, CANARY)
    said = refused(SECURITY_PROTOCOL="SSL", CERTIFICATE_FILE=certificate, KEY_FILE=keys[key])
    assert said.startswith("KOPPEL_KAFKA_KEY_FILE is not valid: ")


def test_a_file_that_is_no_certificate_is_named(refused: Callable[..., str], tmp_path: Path) -> None:
    (file := tmp_path / "ca").write_text(CANARY)
    assert refused(SECURITY_PROTOCOL="SSL", CA_FILE=file).startswith(
        f"KOPPEL_KAFKA_CA_FILE is not valid: {file} has no certificate in PEM"
    )


async def test_the_consumer_of_fast_stream_is_made_with_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, object]] = []

    class Stopped(Exception):
        pass

    def note(self: object, *_: str, **options: object) -> None:
        made.append(options)
        raise Stopped

    monkeypatch.setattr(PollingConsumer, "__init__", note)
    subscriptions = Subscriptions("test")
    subscriptions.on(AdministrationRenamed, AsyncMock())
    feed = live(AsyncMock(), subscriptions)
    access = KafkaAccess("k:9093", ssl.create_default_context(), Login("sync-svc", SecretStr(CANARY)))
    with pytest.raises(Stopped):
        await Consumer(feed, access).start()
    assert client_options(access).items() <= made[0].items()
