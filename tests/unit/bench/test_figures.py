"""Ratios, medians and flatness, as the table prints them."""

import pytest
from tests.bench.figures import Comparison, Memory, Pair, Results, thirds
from tests.bench.report import as_data, markdown


def _comparison(*pairs: Pair, goal: float | None = 0.5) -> Comparison:
    return Comparison(title="sync", bare="loop", unit="records", amount=1000, pairs=pairs, goal=goal)


def test_half_the_speed_is_a_ratio_of_one_half() -> None:
    assert Pair(ours=4.0, bare=2.0).ratio == 0.5


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_times() -> None:
    # A busy minute slowed both sides of the second round down; its ratio is as good as the others'.
    rounds = _comparison(Pair(2.0, 1.0), Pair(20.0, 12.0), Pair(2.5, 1.0))
    assert rounds.ratio == 0.5
    assert rounds.spread == (0.4, 0.6)


@pytest.mark.parametrize(
    ("goal", "verdict"), [(0.5, "met"), (0.51, "missed"), (None, "–")], ids=["met", "missed", "no goal"]
)
def test_a_goal_is_met_from_its_own_value_on(goal: float | None, verdict: str) -> None:
    assert _comparison(Pair(2.0, 1.0), goal=goal).verdict == verdict


def test_memory_that_grew_early_and_stays_is_flat() -> None:
    memory = Memory("sync-svc", (90.0, 150.0, 200.0, 200.0, 201.0, 202.0))
    assert memory.growth == pytest.approx(201.5 / 200.0 - 1)
    assert memory.verdict == "met"


def test_memory_that_keeps_growing_is_not_flat() -> None:
    assert Memory("sync-svc", (50.0, 50.0, 60.0, 60.0, 70.0, 70.0)).verdict == "missed"


def test_memory_over_its_bound_is_missed_however_flat() -> None:
    assert Memory("sync-svc", (251.0, 251.0, 251.0)).verdict == "missed"


def test_one_sample_stands_for_all_thirds() -> None:
    assert thirds([7.0]) == ([7.0], [7.0], [7.0])


def test_what_does_not_divide_belongs_to_the_last_third() -> None:
    assert thirds([1.0, 2.0, 3.0, 4.0, 5.0]) == ([1.0], [2.0], [3.0, 4.0, 5.0])


def _results() -> Results:
    return Results(
        comparisons=(_comparison(Pair(4.0, 2.0)),),
        memory=(Memory("sync-svc", (100.0, 120.0, 110.0)),),
        memory_records=5000,
        facts={"Milestones.": ["Run finished after 3 s."]},
        environment={"CPUs": "2"},
    )


def test_the_table_shows_the_ratio_before_the_figures() -> None:
    row = next(line for line in markdown(_results()).splitlines() if line.startswith("| sync |"))
    assert row == (
        "| sync | loop | **0.50** | 0.50–0.50 | ≥ 0.5 | met | 4.00 s (250 records/s) | 2.00 s (500 records/s) |"
    )


def test_every_row_of_a_table_has_the_cells_of_its_head() -> None:
    blocks = [block for block in markdown(_results()).split("\n\n") if block.startswith("|")]
    assert len(blocks) == 2
    for block in blocks:
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_the_data_says_what_the_table_says() -> None:
    data = as_data(_results())
    assert data["comparisons"][0]["ratio"] == 0.5
    assert data["memory"][0]["peak"] == 120.0
    assert data["facts"] == {"Milestones.": ["Run finished after 3 s."]}
