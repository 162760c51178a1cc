"""Seeded bugs of the probes."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import mutant

from koppel.platform.health import Finding, Health, Report
from koppel.platform.runner import lifecycle


@mutant("server that is away makes a process unready and never dead", "restarted")
def liveness_asks_the_servers() -> Iterator[None]:
    liveness = Health.liveness

    def asking(self: Any) -> Report:
        asked = {name: Finding(ok=False) for name in self._checks}
        return Report(liveness(self).checks | asked)

    with patch.object(Health, "liveness", asking):
        yield


@mutant("server that is away makes a process unready and never dead", "called ready")
def readiness_asks_nobody() -> Iterator[None]:
    with patch.object(Health, "check", lambda *_: None):
        yield


@mutant("loop that is silent makes its process look dead", "lives on")
def silence_has_no_bound() -> Iterator[None]:
    beat = Health.beat

    def patient(self: Any, name: str, **_: object) -> None:
        beat(self, name)
        self._beats[name] = (self._beats[name][0], float("inf"))

    with patch.object(Health, "beat", patient):
        yield


@mutant("part that dies makes its process look dead at once", "lives on")
def deaths_are_not_told_to_the_probes() -> Iterator[None]:
    with patch.object(lifecycle, "_report_deaths", lambda *_: True):
        yield
