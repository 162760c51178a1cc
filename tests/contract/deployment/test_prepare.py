"""The one-shot job of the compose file makes files that services accept."""

from pathlib import Path

import pytest

from koppel.platform.identity import Authenticator, JwksFile, ServiceToken
from koppel.platform.key_encryption import KeyFile
from koppel_identity.claims import AUDIENCE
from koppel_local.jobs.main import main
from koppel_local.jobs.passwords import ROLES

ISSUER = "http://127.0.0.1:8175"
SERVICES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for role in ROLES:
        monkeypatch.setenv(f"KOPPEL_{role.upper()}_PASSWORD", "a/b@c#d%e")
    monkeypatch.setenv("KOPPEL_SANDBOX_CLIENT_SECRET", "hush")
    _prepare(tmp_path)
    return tmp_path


def _prepare(folder: Path) -> None:
    places = ["--issuer", str(folder / "issuer"), "--secrets", str(folder)]
    assert main(["secrets", *places, "--issuer-url", ISSUER]) == 0


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_is_known_by_its_token(prepared: Path, service: str) -> None:
    folder = prepared / service
    authenticator = Authenticator(ISSUER, AUDIENCE, JwksFile(folder / "jwks.json"))
    token = ServiceToken(folder / "token").bearer().removeprefix("Bearer ")
    assert (await authenticator.authenticate(token)).subject == service


def test_the_key_is_one_that_the_vault_takes(prepared: Path) -> None:
    KeyFile(prepared / "connection-svc" / "key")
    assert not [service for service in SERVICES[1:] if (prepared / service / "key").exists()]


def test_running_it_again_keeps_the_keys(prepared: Path) -> None:
    kept = [prepared / "issuer" / "signing-key.pem", prepared / "connection-svc" / "key"]
    before = [path.read_bytes() for path in kept]
    _prepare(prepared)
    assert [path.read_bytes() for path in kept] == before
