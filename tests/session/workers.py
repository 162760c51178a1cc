"""How a run is spread over processes: file by file, long ones first, and in a row what would meet itself."""

import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[2]
WORKERS = max(2, min(8, 2 * (os.cpu_count() or 1)))
"""Two a core: tests that need servers wait for them about half of the time."""
_WORTH_IT = [ROOT / "tests", ROOT / "tests/component", ROOT / "tests/integration"]
"""A worker takes seven seconds of processor time before its first test."""

IN_A_ROW = {
    "whole stacks": (
        "tests/e2e/demo/test_demo.py",
        "tests/e2e/replay/test_replay.py",
        "tests/e2e/split/test_split.py",
        "tests/e2e/subscribers/test_first_event.py",
        "tests/integration/local/test_stack.py",
    ),
    "topics of production": (
        "tests/component/sync_svc/test_process.py",
        "tests/component/connection_svc/test_with_real_parts.py",
        "tests/component/import_svc/test_process.py",
        "tests/integration/replay_target/test_over_kafka.py",
        "tests/integration/platform/test_backbone.py",
        "tests/integration/platform/test_dead_producers.py",
        "tests/integration/platform/test_relaying.py",
        "tests/integration/platform/test_stopped_relays.py",
        "tests/integration/subscribers/test_quick_starts.py",
    ),
}
"""In this order. Stacks look for free ports from the same ones on; services of production answer each other's events,
and a new one reads all that its topics hold."""
_ONE_BY_ONE = ("tests/chaos/test_mutants.py", "tests/chaos/test_scenarios.py")
"""Files of many independent tests that take long."""
_TOGETHER = ("tests/contract/canvas/", "tests/component/console/")
"""Folders whose files share what is dear to make: documents of the services, the console's compiled templates."""
_LONG_FIRST = ("tests/chaos/", "tests/integration/platform/", "tests/integration/", "tests/component/")

_FRESH = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)

_UNITS = {file: unit for unit, files in IN_A_ROW.items() for file in files}
_PLACES = {file: place for place, file in enumerate(_UNITS)}


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `-n auto` means: one process where there is little to do."""
    asked = {(config.invocation_params.dir / argument).resolve() for argument in config.args}
    return WORKERS if asked.intersection(_WORTH_IT) else 0


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # the order of `pytest_collection_modifyitems` is better
    return _ByUnit(config, log)


class _ByUnit(LoadScopeScheduling):  # type: ignore[misc]  # xdist is not typed
    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """What runs in one process, in its order."""
    file = nodeid.partition("::")[0]
    folder = next((each for each in _TOGETHER if file.startswith(each)), file)
    return nodeid if file in _ONE_BY_ONE else _UNITS.get(file, folder)


def pytest_make_parametrize_id(val: object) -> str | None:
    """A test has the same name in every process: an id that is fresh in each stays out of it."""
    return _FRESH.sub("an-id", val) if isinstance(val, str) and _FRESH.search(val) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged goes to the first process as UTF-8: half a surrogate pair there would end the whole run."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _rank(item.nodeid))
    for item in items:
        if "kafka_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.broker)


def _rank(nodeid: str) -> int:
    if (place := _PLACES.get(nodeid.partition("::")[0])) is not None:
        return place
    return len(_PLACES) + next(
        (place for place, start in enumerate(_LONG_FIRST) if nodeid.startswith(start)), len(_LONG_FIRST)
    )
