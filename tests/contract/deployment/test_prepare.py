"""The one-shot job of the compose file makes files that services accept."""

import runpy
from pathlib import Path

import pytest

from koppel.platform.identity import Authenticator, JwksFile, ServiceToken
from koppel.platform.key_encryption import KeyFile
from koppel_local.oauth.issuer import AUDIENCE, ISSUER

SERVICES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")


@pytest.fixture
def prepared(tmp_path: Path, root: Path) -> Path:
    _prepare(root, tmp_path)
    return tmp_path


def _prepare(root: Path, folder: Path) -> None:
    main = runpy.run_path(str(root / "deploy/compose/prepare.py"))["main"]
    main(["--issuer", str(folder / "issuer"), "--secrets", str(folder)])


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_is_known_by_its_token(prepared: Path, service: str) -> None:
    folder = prepared / service
    authenticator = Authenticator(ISSUER, AUDIENCE, JwksFile(folder / "jwks.json"))
    token = ServiceToken(folder / "token").bearer().removeprefix("Bearer ")
    assert (await authenticator.authenticate(token)).subject == service


def test_the_key_is_one_that_the_vault_takes(prepared: Path) -> None:
    KeyFile(prepared / "connection-svc" / "key")
    assert not [service for service in SERVICES[1:] if (prepared / service / "key").exists()]


def test_running_it_again_keeps_the_keys(prepared: Path, root: Path) -> None:
    kept = [prepared / "issuer" / "signing-key.pem", prepared / "connection-svc" / "key"]
    before = [path.read_bytes() for path in kept]
    _prepare(root, prepared)
    assert [path.read_bytes() for path in kept] == before
