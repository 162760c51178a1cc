"""Commands run on an empty state folder, and no address of the machine's own is known."""

from pathlib import Path

import pytest

from koppel_cli.places import variable_of
from koppel_local.stack.layout import SERVICES

from .issuing import Site, site_of


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KOPPEL_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("KOPPEL_CONFIG_DIR", str(tmp_path / "config"))
    addresses = [variable_of(service.name) for service in SERVICES]
    for name in (
        "KOPPEL_DATABASE_URL",
        "KOPPEL_KAFKA_BOOTSTRAP_SERVERS",
        "KOPPEL_TOKEN",
        "KOPPEL_PROFILE",
        "COLUMNS",
        *addresses,
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, state_dir: Path) -> Site:
    return site_of(monkeypatch, state_dir)
