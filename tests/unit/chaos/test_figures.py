"""Percentiles, verdicts and the table of criteria."""

import json
from typing import Any

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
    assert "BROKEN: lost" in table(report)[2]


def test_a_missed_time_fails_nothing() -> None:
    report = Report()
    report.says(7, "did", Figure(criterion=7, name="away", seen=31, bound=30, unit="s"))
    assert table(report)[2] == "| 7 | broker kill | did | away 31 s (≤ 30 s) | missed: away |"


def test_what_was_measured_has_a_row_each_in_the_order_of_the_list() -> None:
    report = Report()
    for criterion in sorted(NAMES, reverse=True):
        report.says(criterion, "did", Figure(criterion=criterion, name="n", seen=1, bound=1))
    assert [line.split(" | ")[1] for line in table(report)[2:]] == list(NAMES.values())
    assert len(table(Report())) == 2


def test_what_one_process_tells_another_hears() -> None:
    told = list[dict[str, Any]]()
    teller, hearer = Report(told.append), Report()
    teller.says(7, "this", Figure(criterion=7, name="away", seen=3, bound=30, unit="s"))
    teller.says(7, "that", Figure(criterion=7, name="ended", seen=0, bound=0, safety=True))
    for each in json.loads(json.dumps(told)):
        hearer.hear(each)
    assert table(hearer) == table(teller)
    assert hearer.did == {7: "this; that"}


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.000_005, "0 s"), (0.0123, "0.0123 s"), (2.0, "2 s"), (1234.6, "1,235 s"), (20_000, "20,000 s")],
)
def test_numbers_are_short(value: float, told: str) -> None:
    assert shown(value, "s") == told
