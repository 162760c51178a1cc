"""Our figures beside the peer's: ratios, goals, and the table that says both."""

import pytest
from tests.bench.peers.figures import Figure, Goal, Round, Turn, beside, figures
from tests.bench.peers.report import Results, as_data, markdown

EVENTS = 1_000


def _turn(
    seconds: float = 1.0, relay: float = 1.0, peak: float = 60.0, waits: tuple[float, ...] = (0.004,)
) -> Turn:
    spent = {"postgres": 0.5, "relay": relay}
    return Turn(seconds=seconds, writing=seconds / 2, spent=spent, peak=peak, waits=list(waits))


def _figure(goal: Goal, *rounds: tuple[float, float]) -> Figure:
    return Figure(title="rate", unit="events/s", goal=goal, rounds=rounds)


@pytest.mark.parametrize(
    ("goal", "ratio", "met"),
    [
        (Goal("≥", 1.75), 1.75, True),
        (Goal("≥", 1.75), 1.74, False),
        (Goal("≤", 0.5), 0.5, True),
        (Goal("≤", 0.5), 0.51, False),
        (Goal("<", 1.0), 1.0, False),
        (Goal("<", 1.0), 0.99, True),
    ],
)
def test_a_goal_says_on_which_side_of_it_its_own_value_lies(goal: Goal, ratio: float, met: bool) -> None:
    assert goal.met(ratio) is met


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_figures() -> None:
    # A busy minute slowed both sides of the second round down; its ratio is as good as the others'.
    figure = _figure(Goal("≥", 2.0), (40.0, 20.0), (4.0, 1.6), (44.0, 20.0))
    assert figure.ratio == pytest.approx(2.2)
    assert figure.verdict == "met"
    assert (figure.ours, figure.peer) == (40.0, 20.0)


def test_twice_the_time_is_half_the_rate() -> None:
    rate, *_ = figures([Round(_turn(seconds=2.0), _turn(seconds=4.0))], EVENTS)
    assert rate.rounds == ((500.0, 250.0),)


def test_processor_time_is_that_of_all_parts_for_a_hundred_thousand_events() -> None:
    _, processor, *_ = figures([Round(_turn(relay=1.0), _turn(relay=2.5))], EVENTS)
    assert processor.rounds == ((150.0, 300.0),)
    assert processor.verdict == "met"


def test_a_third_of_the_memory_is_little_enough() -> None:
    _, _, memory, *_ = figures([Round(_turn(peak=100.0), _turn(peak=300.0))], EVENTS)
    assert memory.verdict == "met"


def test_waits_are_told_in_milliseconds_by_rank() -> None:
    waits = tuple(number / 1000 for number in range(1, 101))
    *_, p50, p99 = figures([Round(_turn(waits=waits), _turn(waits=waits))], EVENTS)
    assert p50.ours == pytest.approx(51.0)
    assert p99.ours == pytest.approx(100.0)


def test_what_no_goal_is_about_is_a_median_too() -> None:
    told = beside("Koppel", [_turn(relay=each) for each in (1.0, 9.0, 2.0)], EVENTS)
    assert told.spent == {"postgres": 50.0, "relay": 200.0}
    assert told.writing == 2_000.0


def _results() -> Results:
    rounds = [Round(_turn(), _turn(seconds=2.0, relay=3.0, peak=400.0, waits=(0.016,)))]
    return Results(
        figures=figures(rounds, EVENTS),
        beside=(
            beside("Koppel", [rounds[0].ours], EVENTS),
            beside("Debezium", [rounds[0].peer], EVENTS),
        ),
        settings={"poll.interval.ms": "10"},
        environment={"CPUs": "2"},
    )


def test_the_table_shows_the_ratio_before_the_figures() -> None:
    lines = markdown(_results()).splitlines()
    assert lines[2] == "| figure | ratio | rounds | goal |  | Koppel | Debezium |"
    assert lines[4].endswith("| **2.00** | 2.00–2.00 | ≥ 1.75 | met | 1,000 events/s | 500 events/s |")
    assert {line.count("|") for line in lines if line.startswith("|")} == {8}


def test_the_report_says_what_was_set_for_the_peer() -> None:
    assert "`poll.interval.ms=10`" in markdown(_results())


def test_the_data_says_what_the_table_says() -> None:
    data = as_data(_results())
    assert [figure["verdict"] for figure in data["figures"]] == ["met"] * 5
    assert data["figures"][2]["rounds"] == [{"ours": 60.0, "peer": 400.0}]
    assert data["settings"] == {"poll.interval.ms": "10"}
