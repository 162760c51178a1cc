"""At the end of a run: what a folder takes in sum, and the ten slowest tests."""

from collections.abc import Iterable

import pytest

_FEW = 10


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [
        report
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
    ]
    tests = sums((report.nodeid, report.duration) for report in reports)
    if len(tests) <= _FEW:
        return
    folders = sums((folder_of(nodeid), seconds) for nodeid, seconds in tests.items())
    terminalreporter.section("seconds a folder, set-up included")
    for folder, seconds in folders.items():
        terminalreporter.write_line(f"{seconds:8.1f}  {folder}")
    terminalreporter.section(f"the {_FEW} slowest tests")
    for nodeid, seconds in list(tests.items())[:_FEW]:
        terminalreporter.write_line(f"{seconds:8.1f}  {nodeid}")


def sums(durations: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Seconds by name, most first; several of one name are added up."""
    found: dict[str, float] = {}
    for name, seconds in durations:
        found[name] = found.get(name, 0.0) + seconds
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def folder_of(nodeid: str) -> str:
    """`tests/integration/platform` of a test in it, however deep."""
    return "/".join(nodeid.partition("::")[0].split("/")[:-1][:3])
