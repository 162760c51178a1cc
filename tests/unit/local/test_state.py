"""What a stack keeps between two commands, and what it tells its services."""

import base64
import os
import stat
from pathlib import Path

import pytest

from koppel_local.kafka.given import kafka_variables
from koppel_local.kafka.java import parse_version
from koppel_local.postgres.databases import Roles, on_database
from koppel_local.private_files import keep_secret, write_private
from koppel_local.process.http_part import Launch
from koppel_local.stack.environment import Addresses, Environment
from koppel_local.stack.external_servers import ExternalServers
from koppel_local.stack.layout import SERVICES, default_state_dir
from koppel_local.stack.lock import launcher_lock

ADDRESSES = Addresses(
    database_dsn="postgresql://postgres:secret@127.0.0.1:5000/koppel",
    kafka=kafka_variables({"kafka_bootstrap_servers": "127.0.0.1:9000"}),
    services={part.name: f"http://127.0.0.1:{part.port}" for part in SERVICES},
    sandbox="http://127.0.0.1:8190",
    identity="http://127.0.0.1:8170",
)


def test_secrets_are_private_and_kept(tmp_path: Path) -> None:
    secret = tmp_path / "secrets" / "one"
    assert keep_secret(secret) == keep_secret(secret)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_private(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(file, "new \ud800")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_given_servers_are_remembered_until_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KOPPEL_KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setenv("KOPPEL_DATABASE_URL", "postgresql://db.example/x")
    given = ExternalServers(tmp_path / "given.json")
    given.remember(given.read())
    monkeypatch.delenv("KOPPEL_DATABASE_URL")
    assert given.read() == {"database_url": "postgresql://db.example/x"}
    given.forget()
    assert given.read() == {}


def test_the_state_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOPPEL_STATE_DIR", str(tmp_path / "elsewhere"))
    assert default_state_dir() == tmp_path / "elsewhere"
    monkeypatch.delenv("KOPPEL_STATE_DIR")
    assert default_state_dir().name == ".local"


def test_the_lock_is_given_back_and_its_file_removed(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "lock"
    for _ in range(2):
        with launcher_lock(lock, pytest.fail):
            assert lock.exists()
        assert not lock.exists()


def test_a_service_gets_its_app_role_and_never_the_owners(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    environment.make_files(ADDRESSES.identity)
    owner = Roles(tmp_path).passwords()["import_owner"]
    given = environment.of(SERVICES[1], ADDRESSES)
    assert given["IMPORT_SVC_DATABASE_URL"].startswith("postgresql://import_app:")
    assert given["IMPORT_SVC_DATABASE_URL"].endswith("@127.0.0.1:5000/koppel")
    assert given["IMPORT_SVC_CONNECTION_SVC_URL"] == "http://127.0.0.1:8101"
    assert not any(owner in value or "secret@" in value for value in given.values())
    migration = environment.of_migration(SERVICES[1], ADDRESSES)
    assert owner in migration["IMPORT_SVC_MIGRATION_DATABASE_URL"]


def test_what_services_may_do_is_their_default_unless_the_environment_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KOPPEL_SERVICE_ACCESS", raising=False)
    environment = Environment(tmp_path)
    for given in ("", '{"planning-svc": ["request_syncs"]}'):
        if given:
            monkeypatch.setenv("KOPPEL_SERVICE_ACCESS", given)
        assert {environment.of(part, ADDRESSES)["KOPPEL_SERVICE_ACCESS"] for part in SERVICES} == {given}


def test_how_often_import_svc_looks_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [import_svc] = [part for part in SERVICES if part.name == "import-svc"]
    monkeypatch.delenv("IMPORT_SVC_LOOK_EVERY", raising=False)
    assert Environment(tmp_path).of(import_svc, ADDRESSES)["IMPORT_SVC_LOOK_EVERY"] == "1d"
    monkeypatch.setenv("IMPORT_SVC_LOOK_EVERY", "5s")
    assert Environment(tmp_path).of(import_svc, ADDRESSES)["IMPORT_SVC_LOOK_EVERY"] == "5s"


def test_only_connection_svc_gets_the_key_and_it_has_32_bytes(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    environment.make_files(ADDRESSES.identity)
    holders = [
        part.name
        for part in SERVICES
        if any("KEY_FILE" in name and value for name, value in environment.of(part, ADDRESSES).items())
    ]
    assert holders == ["connection-svc"]
    key_file = Path(environment.of(SERVICES[0], ADDRESSES)["CONNECTION_SVC_KEY_FILE"])
    assert len(base64.b64decode(key_file.read_bytes(), validate=True)) == 32


def test_keys_stay_and_old_service_tokens_are_renewed(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    environment.make_files(ADDRESSES.identity)
    key = (tmp_path / "secrets" / "connection-key").read_bytes()
    fresh, old = (tmp_path / "identity" / f"{name}.token" for name in ("sync-svc", "import-svc"))
    for token in (fresh, old):
        token.write_text("before")
    os.utime(old, (0, 0))
    environment.make_files(ADDRESSES.identity)
    assert (tmp_path / "secrets" / "connection-key").read_bytes() == key
    assert fresh.read_text() == "before"
    assert old.read_text() != "before"


def test_an_issuer_at_another_address_makes_new_service_tokens(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    environment.make_files(ADDRESSES.identity)
    token = tmp_path / "identity" / "sync-svc.token"
    before = token.read_text()
    environment.make_files(ADDRESSES.identity)
    assert token.read_text() == before
    environment.make_files("http://127.0.0.1:8180")
    assert token.read_text() != before


def test_other_environment_make_another_launch() -> None:
    one = Launch(command=["run"], environment={"PORT": "1"})
    assert one.digest == Launch(command=["run"], environment={"PORT": "1"}).digest
    assert one.digest != Launch(command=["run"], environment={"PORT": "2"}).digest


def test_another_database_keeps_server_and_options() -> None:
    assert (
        on_database("postgresql://a:b@h:1/x?sslmode=require") == "postgresql://a:b@h:1/koppel?sslmode=require"
    )


@pytest.mark.parametrize(
    ("banner", "version"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_402"', 8), ("no java here", 0)],
)
def test_the_version_of_a_java_is_read_from_its_banner(banner: str, version: int) -> None:
    assert parse_version(banner) == version
