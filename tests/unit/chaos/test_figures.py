"""Percentiles, verdicts and the table of criteria."""

import pytest
from tests.chaos.criteria.figures import NAMES, Figure, Report, percentile, shown, table


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_seen(share: float, expected: float) -> None:
    assert percentile(range(100, 0, -1), share) == expected


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("seen", "least", "safety", "verdict"),
    [
        (5, False, True, "kept"),
        (6, False, True, "BROKEN"),
        (6, False, False, "missed"),
        (6, True, False, "kept"),
        (4, True, True, "BROKEN"),
    ],
)
def test_a_bound_that_does_not_hold_says_so(seen: float, least: bool, safety: bool, verdict: str) -> None:
    figure = Figure(criterion=1, name="n", seen=seen, bound=5, least=least, safety=safety)
    assert figure.verdict == verdict


def test_a_broken_promise_fails_the_run_and_is_in_the_table_nevertheless() -> None:
    report = Report()
    with pytest.raises(AssertionError, match="lost: 1"):
        report.says(2, "did", Figure(criterion=2, name="lost", seen=1, bound=0, safety=True))
    assert "BROKEN: lost" in table(report, {})[3]


def test_a_missed_time_fails_nothing() -> None:
    report = Report()
    report.says(7, "did", Figure(criterion=7, name="away", seen=31, bound=30, unit="s"))
    row = next(line for line in table(report, {7: ["a bug"]}) if line.startswith("| 7 "))
    assert row == "| 7 | broker kill | did | away 31 s (≤ 30 s) | missed: away | a bug |"


def test_every_criterion_has_a_row() -> None:
    assert len(table(Report(), {})) == len(NAMES) + 2
    assert sum("not measured" in line for line in table(Report(), {})) == len(NAMES)


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.000_005, "0 s"), (0.0123, "0.0123 s"), (2.0, "2 s"), (1234.6, "1,235 s"), (20_000, "20,000 s")],
)
def test_numbers_are_short(value: float, told: str) -> None:
    assert shown(value, "s") == told
