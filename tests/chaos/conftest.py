"""What the chaos tests share: the list of killed bugs, printed as a table at the end of the run."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.chaos.criteria.figures import Report
from tests.chaos.criteria.figures import table as criteria_table
from tests.chaos.refreshes.told import Told
from tests.chaos.rig.crew import Zygote
from tests.chaos.rig.killed import Killed, table
from tests.chaos.rig.registered import MUTANTS, SCENARIOS
from tests.chaos.rig.run import Run, run
from tests.chaos.rig.schedule import LONG
from tests.chaos.rig.servers import Servers, chaos_servers

collect_ignore = [] if LONG else ["criteria"]
"""The criteria with the numbers of their list take minutes: they belong to the long tier."""
_KILLS = pytest.StashKey[list[Killed]]()
_REPORT = pytest.StashKey[Report]()
_REFRESHES = pytest.StashKey[Told]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_KILLS] = []
    config.stash[_REPORT] = Report()
    config.stash[_REFRESHES] = Told()


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> list[Killed]:
    return pytestconfig.stash[_KILLS]


@pytest.fixture
def report(pytestconfig: pytest.Config) -> Report:
    """Figures for the table of criteria that a long run ends with."""
    return pytestconfig.stash[_REPORT]


@pytest.fixture
def told(pytestconfig: pytest.Config) -> Told:
    """Figures of refreshes that were disturbed."""
    return pytestconfig.stash[_REFRESHES]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if kills := config.stash[_KILLS]:
        terminalreporter.section(f"{len(kills)} seeded bugs killed")
        for line in table(kills):
            terminalreporter.write_line(line)
    if config.stash[_REFRESHES].rows:
        terminalreporter.section("refreshes of tokens")
        for line in config.stash[_REFRESHES].table():
            terminalreporter.write_line(line)
    if LONG:
        terminalreporter.section("criteria")
        for line in criteria_table(config.stash[_REPORT], _killed(config.stash[_KILLS])):
            terminalreporter.write_line(line)


def _killed(kills: list[Killed]) -> dict[int, list[str]]:
    by_criterion: dict[int, list[str]] = {}
    for kill in kills:
        by_criterion.setdefault(SCENARIOS[MUTANTS[kill.mutant].killed_by].criterion, []).append(kill.mutant)
    return by_criterion


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A PostgreSQL and a Kafka that tests may kill."""
    with (
        tempfile.TemporaryDirectory(prefix="koppel-chaos-") as folder,
        chaos_servers(Path(folder)) as started,
    ):
        yield started


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """What forks the workers; none of them outlives it."""
    forking = Zygote()
    try:
        yield forking
    finally:
        forking.close()


@pytest.fixture
async def chaos_run(servers: Servers, zygote: Zygote, tmp_path: Path) -> AsyncIterator[Run]:
    async with run(servers, zygote, tmp_path) as running:
        yield running
