"""How old data may get, and how fast what may be missed is used up."""

from datetime import UTC, datetime, timedelta

import pytest

from koppel.kernel.ids import new_id
from sync_svc.domain.freshness import burn_rate, usual_objective
from sync_svc.domain.policy import Policy, SweepRhythm
from sync_svc.domain.schedule import Cron, Every, Preset, Schedule

NOW = datetime(2026, 11, 29, 10, 30, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "longest"),
    [
        (Every(5), timedelta(minutes=5)),
        (Preset.DAILY, timedelta(days=1)),
        (Preset.MONTHLY, timedelta(days=31)),
        (Cron("*/20 * * * *"), timedelta(minutes=20)),
        (Cron("0,10 * * * *"), timedelta(minutes=50)),
        (Cron("0 6 * * 1-5"), timedelta(days=3)),
        (Cron("0 6 1 * *"), timedelta(days=31)),
        (Cron("0 6 29 2 *"), timedelta(days=4 * 365 + 1)),
    ],
)
def test_data_may_get_twice_as_old_as_the_longest_gap_of_its_schedule(
    schedule: Schedule, longest: timedelta
) -> None:
    assert usual_objective(schedule, NOW) == 2 * longest


def test_an_hour_more_at_the_end_of_summer_time_is_part_of_the_gap() -> None:
    assert usual_objective(Cron("0 6 * * *"), datetime(2026, 10, 20, tzinfo=UTC)) == timedelta(hours=50)


def test_what_a_release_before_left_out_is_reckoned_when_it_is_due() -> None:
    policy = Policy(
        administration_id=new_id(),
        enabled=True,
        schedule=Cron("0 6 * * 1-5"),
        resources=None,
        next_due_at=NOW,
    )
    assert policy.passed(SweepRhythm.NEVER, NOW).usual_objective == timedelta(days=6)


def test_a_rate_of_one_misses_what_may_be_missed() -> None:
    assert [burn_rate(unmet) for unmet in (0.0, 0.01, 0.5, 1.0)] == [0.0, 1.0, 50.0, 100.0]


def test_the_gaps_are_those_that_begin_from_midnight_on_and_within_fourteen_days() -> None:
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    at_the_end, behind_it = Cron("0 1 10,15 12 *"), Cron("0 13 10,15 12 *")
    assert usual_objective(at_the_end, midnight) == 2 * timedelta(days=360)
    assert usual_objective(behind_it, midnight) == 2 * timedelta(days=5)


def test_a_gap_that_began_in_the_first_minute_of_the_day_counts() -> None:
    """By the time of Amsterdam, an hour later; 2100 has no such day."""
    assert usual_objective(Cron("1 1 29 2 *"), datetime(2096, 2, 29, 12, tzinfo=UTC)) == 2 * timedelta(
        days=8 * 365 + 1
    )


def test_a_rate_has_two_digits() -> None:
    assert burn_rate(0.0001234) == 0.01


def test_what_is_known_of_a_schedule_is_not_reckoned_again() -> None:
    known = timedelta(days=3)
    policy = Policy(
        administration_id=new_id(),
        enabled=True,
        schedule=Every(60),
        resources=None,
        next_due_at=NOW,
        usual_objective=known,
    )
    assert policy.passed(SweepRhythm.NEVER, NOW).usual_objective == known
