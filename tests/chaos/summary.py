"""The tables that a run with chaos tests ends with; the figures of a part of `make chaos` are kept as well."""

import time

import pytest
from tests.chaos.kept_figures import figures_of, keep
from tests.chaos.refreshes.told import table as refreshes_table
from tests.chaos.rig.killed import table
from tests.chaos.rig.schedule import PART
from tests.chaos.rig.told import heard

_BEGAN = pytest.StashKey[float]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_BEGAN] = time.monotonic()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    told = heard(terminalreporter)
    if told.kills:
        _write(terminalreporter, f"{len(told.kills)} seeded bugs killed", table(told.kills))
    if told.refreshes and not PART:
        _write(terminalreporter, "refreshes of tokens", refreshes_table(told.refreshes))
    if PART:
        lines = figures_of(PART, told, time.monotonic() - config.stash[_BEGAN])
        _write(terminalreporter, f"figures of {PART}", lines)
        keep(PART, lines)


def _write(terminal: pytest.TerminalReporter, title: str, lines: list[str]) -> None:
    terminal.section(title)
    for line in lines:
        terminal.write_line(line)
