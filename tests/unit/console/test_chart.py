"""The forecast as a drawing: the fullest minute of each quarter, and the limit."""

from datetime import UTC, datetime, timedelta

import pytest

from koppel_console.pages.chart import HEIGHT, WIDTH, chart_of

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def minutes(calls: list[int], limit: int = 60) -> list[dict[str, object]]:
    return [
        {"at": (NOON + timedelta(minutes=at)).isoformat(), "calls": each, "limit": limit}
        for at, each in enumerate(calls)
    ]


def test_a_day_tells_its_peak_and_how_long_it_is_over() -> None:
    calls = [0] * 1440
    calls[61], calls[62] = 90, 61
    chart = chart_of(minutes(calls))
    assert chart is not None
    assert (chart.peak, chart.over, chart.limit, chart.peak_at) == (90, 2, 60, NOON + timedelta(minutes=61))
    assert len(chart.hours) == 24
    assert (chart.hours[1].calls, chart.hours[1].peak) == (151, 90)
    assert chart.path.count("L") == 96
    assert chart.path.endswith(f"H{WIDTH}.0V{HEIGHT}Z")
    assert 0 < chart.limit_y < HEIGHT


def test_nothing_planned_lies_on_the_ground() -> None:
    chart = chart_of(minutes([0] * 15, limit=0))
    assert chart is not None
    assert chart.path == f"M0 {HEIGHT}L0.0 160.0H10.0V{HEIGHT}Z"
    assert (chart.over, chart.limit_y) == (0, HEIGHT)


@pytest.mark.parametrize(
    "row", [{}, {"at": "x", "calls": 1, "limit": 1}, {"at": NOON, "calls": "1", "limit": 1}]
)
def test_what_cannot_be_read_is_left_out(row: dict[str, object]) -> None:
    assert chart_of([row]) is None


def test_no_more_than_a_day_is_drawn() -> None:
    chart = chart_of(minutes([1] * 3000))
    assert chart is not None
    assert len(chart.hours) == 24
