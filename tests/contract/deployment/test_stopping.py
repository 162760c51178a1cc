"""A process that is told to stop has time to keep what a provider answers: each wait fits in the next one. It ends well."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
import yaml

from connection_svc.adapters.refresh_leases import REFRESH_LEASE
from connection_svc.application import in_flight
from koppel.platform.runner import lifecycle
from koppel.platform.settings import KoppelSettings
from koppel.providers import oauth
from koppel_identity import main as identity
from koppel_local.process import http_part
from koppel_sandbox import main as sandbox

ROOT = Path(__file__).parents[3]
GRACE = KoppelSettings.model_fields["shutdown_grace"].default.total_seconds()
LONGEST_DRAIN = 12.0
LONGEST_EXIT = 20.0


def test_a_token_call_and_its_storing_fit_in_the_drain() -> None:
    drain = in_flight._DRAIN + in_flight._GIVE_UP
    assert oauth.DEADLINE <= 8.0
    assert oauth.DEADLINE < in_flight._DRAIN
    assert drain <= GRACE * lifecycle._DRAIN_SHARE <= LONGEST_DRAIN


def test_a_token_call_fits_in_what_is_left_of_its_lease() -> None:
    assert REFRESH_LEASE.total_seconds() * 2 / 3 > oauth.DEADLINE


def test_nobody_kills_a_process_before_its_drain_is_over() -> None:
    assert http_part._GRACE >= LONGEST_EXIT
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    periods = [
        compose["services"][name]["stop_grace_period"]
        for name in compose["services"]
        if name.endswith("-svc")
    ]
    assert periods
    assert all(float(period.removesuffix("s")) >= LONGEST_EXIT for period in periods)
    path = ROOT / "deploy/kubernetes/base/process/deployment.yaml"
    pod = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert pod["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= LONGEST_EXIT


@pytest.fixture
def own_sigterm() -> Iterator[None]:
    def killed(*_: object) -> None:
        raise AssertionError("it would have ended by the signal")

    before = signal.signal(signal.SIGTERM, killed)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("main", "arguments"),
    [(sandbox.main, []), (identity.main, ["--key", __file__])],
    ids=["sandbox", "identity"],
)
@pytest.mark.usefixtures("own_sigterm")
def test_a_stand_in_that_was_told_to_stop_ends_with_0(
    monkeypatch: pytest.MonkeyPatch, main: Callable[[list[str]], None], arguments: list[str]
) -> None:
    """Uvicorn raises the signal again when it has stopped, which would end the process by it."""
    monkeypatch.setattr(identity, "Issuer", lambda *_: None)
    monkeypatch.setattr(identity, "build_app", lambda *_, **__: None)
    monkeypatch.setattr(identity, "Services", lambda *_, **__: None)
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
