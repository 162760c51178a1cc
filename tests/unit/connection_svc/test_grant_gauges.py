"""Gauges of grants: nothing before the first count, then what alerts divide by each other."""

import math
from types import SimpleNamespace
from typing import Any, Self

import pytest

from connection_svc.domain.connection import GrantState
from connection_svc.entrypoints import jobs
from koppel.platform.telemetry.metrics import Metrics
from koppel.providers.catalogue import PROFILES

GAUGES = ("koppel_grants", "koppel_grants_reauthorization_required")
OURS = "koppel_grants_our_fault"


class Counted:
    """A unit of work and its transaction: so many grants of each state."""

    def __init__(self, **states: int) -> None:
        self._states = states
        self.grants = self

    def begin(self, _: object) -> "Counted":
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is written."""

    async def count(self, state: GrantState) -> int:
        return self._states[state.value]

    async def count_troubled(self, _: object) -> dict[str, int]:
        return {"moneybird": self._states["ours"]}


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Metrics:
    fresh = Metrics()
    monkeypatch.setattr(jobs, "metrics", fresh)
    return fresh


def made(**states: int) -> jobs.Jobs:
    ports: Any = SimpleNamespace(unit_of_work=Counted(**states))
    refresher: Any = None
    return jobs.Jobs(ports, refresher)


def test_before_the_first_count_nothing_is_claimed(metrics: Metrics) -> None:
    """A zero would look like a fall, and the first count like a rise of all that waits."""
    made()
    assert all(math.isnan(metrics.value(name)) for name in GAUGES)  # type: ignore[arg-type]
    assert "koppel_grants NaN" in metrics.exposition().decode()
    for profile in PROFILES:
        assert f'{OURS}{{provider="{profile.id}"}} NaN' in metrics.exposition().decode()


async def test_grants_are_those_that_work_and_those_that_wait(metrics: Metrics) -> None:
    await made(active=7, reauthorization_required=3, revoked=9, ours=1).count_waiting_grants()
    assert [metrics.value(name) for name in GAUGES] == [10, 3]  # type: ignore[arg-type]


async def test_whoever_is_woken_is_told_which_provider_refuses_us(metrics: Metrics) -> None:
    await made(active=7, reauthorization_required=3, revoked=9, ours=2).count_waiting_grants()
    assert metrics.value("koppel_grants_our_fault", provider="moneybird") == 2
    others = {profile.id for profile in PROFILES} - {"moneybird"}
    assert [metrics.value("koppel_grants_our_fault", provider=each) for each in others] == [0] * len(others)
