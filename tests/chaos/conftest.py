"""What the chaos tests share: the list of killed bugs, printed as a table at the end of the run."""

import pytest
from tests.chaos.rig.killed import Killed, table

_KILLS = pytest.StashKey[list[Killed]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_KILLS] = []


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> list[Killed]:
    return pytestconfig.stash[_KILLS]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if kills := config.stash[_KILLS]:
        terminalreporter.section(f"{len(kills)} seeded bugs killed")
        for line in table(kills):
            terminalreporter.write_line(line)
