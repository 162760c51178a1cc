"""How long a run still takes, from the runs before it: the true end is told before it comes."""

from random import Random

import pytest

from sync_svc.domain.progress import remaining

from .simulated_runs import simulated

RUNS = 200


@pytest.mark.parametrize("seed", range(5))
def test_the_true_end_lies_inside_in_four_of_five_runs(seed: int) -> None:
    draw = Random(seed)
    inside, widths = 0, []
    for _ in range(RUNS):
        history, percent, elapsed, left = simulated(draw)
        told = remaining(history, percent, elapsed)
        assert told is not None
        inside += told.low <= left <= told.high
        widths.append(told.high / told.low)
    print(f"seed {seed}: {inside} of {RUNS} inside, median high/low {sorted(widths)[RUNS // 2]:.1f}")
    assert inside >= 0.8 * RUNS


def test_nothing_is_told_without_history() -> None:
    assert remaining([], 50, 30.0) is None


def test_the_interval_gets_narrower_with_more_history() -> None:
    few, many = remaining([60.0], 0, 0.0), remaining([60.0] * 10, 0, 0.0)
    assert few is not None
    assert many is not None
    assert (round(few.likely), round(many.likely)) == (60, 60)
    assert many.high - many.low < few.high - few.low


def test_a_run_that_is_slower_than_its_history_is_believed_the_more_the_further_it_is() -> None:
    early, late = remaining([60.0] * 10, 5, 30.0), remaining([60.0] * 10, 50, 300.0)
    assert early is not None
    assert late is not None
    assert early.likely < 100
    assert 150 <= late.likely <= 300


@pytest.mark.parametrize("elapsed", [-5.0, 0.0, 1e9])
@pytest.mark.parametrize("percent", [-1, 0, 1, 99, 100, 1000])
@pytest.mark.parametrize("history", [[0.0], [-1.0, 1e9], [1.0] * 500])
def test_odd_figures_give_an_interval_all_the_same(
    history: list[float], percent: int, elapsed: float
) -> None:
    told = remaining(history, percent, elapsed)
    assert told is not None
    assert 0 < told.low <= told.likely <= told.high


@pytest.mark.parametrize(
    ("history", "percent", "elapsed", "told"),
    [
        ([60.0], 0, 0.0, (14.9208, 60.0, 241.2734)),
        ([60.0], 0, 20.0, (14.9208, 60.0, 241.2734)),
        ([60.0], -3, 20.0, (14.9208, 60.0, 241.2734)),
        ([60.0], 1, 2.0, (15.3388, 60.8332, 241.2620)),
        ([60.0], 50, 0.5, (0.7630, 1.9574, 5.0216)),
        ([0.0], 0, 0.0, (0.0249, 0.1, 0.4021)),
        ([60.0, 90.0], 20, 30.0, (28.4268, 69.3884, 169.3736)),
        ([60.0, 90.0, 45.0], 50, 20.0, (11.6347, 25.0376, 53.8807)),
        ([100.0] * 4, 80, 50.0, (2.4446, 14.2965, 83.6102)),
        ([100.0, 80.0] * 2 + [90.0], 60, 50.0, (15.8274, 34.6882, 76.0243)),
        ([100.0, 30.0] * 3, 10, 5.0, (19.7710, 48.7242, 120.0771)),
        ([100.0, 30.0] * 3 + [60.0], 10, 5.0, (21.3600, 49.3550, 114.0408)),
        ([100.0, 30.0] * 4, 99, 70.0, (0.1360, 0.7056, 3.6597)),
        ([100.0, 30.0] * 5, 100, 200.0, (0.3950, 2.0, 10.1267)),
        ([60.0] * 9, 30, 30.0, (28.2872, 44.5399, 70.1306)),
    ],
)
def test_the_interval_is_that_with_which_four_of_five_were_counted(
    history: list[float], percent: int, elapsed: float, told: tuple[float, float, float]
) -> None:
    found = remaining(history, percent, elapsed)
    assert found is not None
    assert (found.low, found.likely, found.high) == pytest.approx(told, abs=1e-4)
