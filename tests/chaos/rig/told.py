"""What tests tell the process that prints: kills and figures, as properties of their reports. pytest carries them home."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest
from tests.chaos.alerts import told as alerting
from tests.chaos.criteria.figures import Report
from tests.chaos.refreshes.told import Row, Told
from tests.chaos.rig.killed import Killed

Tell = Callable[[str, object], None]
_KILLED, _FIGURES, _REFRESHES = "seeded bug killed", "figures of a criterion", "refreshes of tokens"
_ALERTS = "alerts of causes"


@dataclass(slots=True)
class Heard:
    """All that was told in a run, by whichever process."""

    kills: list[Killed] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    refreshes: list[Row] = field(default_factory=list)
    alerts: list[alerting.Row] = field(default_factory=list)


def tells_kills(tell: Tell) -> Callable[[Killed], None]:
    """For the tests of seeded bugs; `tell` is pytest's `record_property`."""
    return lambda killed: tell(_KILLED, asdict(killed))


def tells_figures(tell: Tell) -> Report:
    """For the tests of criteria."""
    return Report(lambda told: tell(_FIGURES, told))


def tells_refreshes(tell: Tell) -> Told:
    """For the sweeps over a refresh."""
    return Told(lambda row: tell(_REFRESHES, row))


def tells_alerts(tell: Tell) -> alerting.Told:
    """For the causes that make alerts fire."""
    return alerting.Told(lambda row: tell(_ALERTS, row))


def heard(terminal: pytest.TerminalReporter) -> Heard:
    """Of every test that was called, however it ended."""
    found = Heard()
    for name, value in _properties(terminal):
        if name == _KILLED:
            found.kills.append(Killed(**value))
        elif name == _FIGURES:
            found.report.hear(value)
        elif name == _REFRESHES:
            found.refreshes.append(tuple(value))
        elif name == _ALERTS:
            found.alerts.append(tuple(value))
    return found


def _properties(terminal: pytest.TerminalReporter) -> Iterator[tuple[str, Any]]:
    for reports in terminal.stats.values():
        for each in reports:
            if getattr(each, "when", None) == "call":
                yield from each.user_properties
