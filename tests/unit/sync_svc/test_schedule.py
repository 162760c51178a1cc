"""A schedule has a phase of its own and keeps it."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from koppel.kernel.errors import InvalidInput
from sync_svc.domain.schedule import Cron, Every, Preset, Schedule, longest_period, minutes_between, next_due

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONE = UUID("0197b000-0000-7000-8000-000000000001")


def test_the_next_instant_lies_within_one_interval() -> None:
    due = next_due(ONE, Every(60), NOON)
    assert NOON < due <= NOON + timedelta(minutes=60)


def test_a_late_run_does_not_shift_the_phase() -> None:
    first = next_due(ONE, Every(60), NOON)
    assert next_due(ONE, Every(60), first) == first + timedelta(minutes=60)
    assert next_due(ONE, Every(60), first + timedelta(minutes=17)) == first + timedelta(minutes=60)


def test_a_long_outage_is_caught_up_with_one_run() -> None:
    first = next_due(ONE, Every(60), NOON)
    assert next_due(ONE, Every(60), first + timedelta(hours=9, minutes=1)) == first + timedelta(hours=10)


def test_administrations_are_spread_over_the_interval() -> None:
    many = [UUID(int=ONE.int + number) for number in range(600)]
    minutes = {(next_due(each, Every(60), NOON) - NOON) // timedelta(minutes=10) for each in many}
    assert minutes >= {0, 1, 2, 3, 4, 5}


def test_the_same_administration_gets_the_same_phase_everywhere() -> None:
    assert next_due(ONE, Every(60), NOON) == next_due(UUID(str(ONE)), Every(60), NOON)


def test_the_phase_is_the_same_in_every_version() -> None:
    """A release that computed another phase would start all administrations at another minute, and some twice."""
    assert next_due(ONE, Every(60), NOON) == datetime(2026, 11, 24, 12, 59, 33, tzinfo=UTC)
    assert next_due(ONE, Every(7 * 24 * 60 - 1), NOON) == datetime(2026, 11, 25, 19, 30, 33, tzinfo=UTC)
    # Four days and some in the month that begins at Amsterdam's midnight, whatever the instant that is asked for.
    odd = NOON.replace(minute=1, second=2, microsecond=3)
    assert next_due(ONE, Preset.MONTHLY, odd) == datetime(2026, 12, 5, 5, 59, 33, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


SCHEDULES = [
    *Preset,
    Every(5),
    Every(7 * 24 * 60),
    Cron("0 6 * * 1-5"),
    Cron("*/5 * * * *"),
    Cron("30 2 * * *"),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_the_next_instant_is_always_later_and_does_not_depend_on_when_one_asks(schedule: Schedule) -> None:
    due = next_due(ONE, schedule, NOON)
    for _ in range(30):
        following = next_due(ONE, schedule, due)
        assert following - due >= timedelta(minutes=5)
        assert next_due(ONE, schedule, due - timedelta(microseconds=1)) == due
        assert next_due(ONE, schedule, following - timedelta(microseconds=1)) == following
        due = following


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_an_outage_of_years_is_caught_up_with_one_run(schedule: Schedule) -> None:
    resumed = at("2031-03-30T12:00:00+02:00")
    assert resumed < next_due(ONE, schedule, resumed) < resumed + timedelta(days=62)


@pytest.mark.parametrize(
    ("preset", "shortest", "longest"),
    [
        (Preset.EVERY_15_MINUTES, timedelta(minutes=15), timedelta(minutes=15)),
        (Preset.HOURLY, timedelta(hours=1), timedelta(hours=1)),
        (Preset.EVERY_4_HOURS, timedelta(hours=4), timedelta(hours=4)),
        (Preset.DAILY, timedelta(days=1), timedelta(days=1)),
        (Preset.WEEKLY, timedelta(days=7), timedelta(days=7)),
        (Preset.MONTHLY, timedelta(days=28, hours=-1), timedelta(days=31, hours=1)),
    ],
)
def test_a_preset_comes_as_often_as_its_name_says(
    preset: Preset, shortest: timedelta, longest: timedelta
) -> None:
    due = next_due(ONE, preset, NOON)
    for _ in range(24):
        following = next_due(ONE, preset, due)
        assert shortest <= following - due <= longest
        due = following


@pytest.mark.parametrize("preset", Preset)
def test_administrations_are_spread_over_a_preset(preset: Preset) -> None:
    many = [UUID(int=ONE.int + number) for number in range(400)]
    due = sorted(next_due(each, preset, NOON) for each in many)
    spread = due[-1] - due[0]
    assert max(after - before for before, after in itertools.pairwise(due)) < spread / 10


def test_a_cron_is_spread_over_the_five_minutes_after_it() -> None:
    many = [UUID(int=ONE.int + number) for number in range(400)]
    six = at("2026-11-25T06:00:00+01:00")
    late = {next_due(each, Cron("0 6 * * *"), NOON) - six for each in many}
    assert all(timedelta(0) <= each < timedelta(minutes=5) for each in late)
    assert len(late) > 150


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("0 6 * * *", "2026-07-01T12:00:00+02:00", "2026-07-02T06:00:00+02:00"),
        ("0 6 * * *", "2026-12-01T12:00:00+01:00", "2026-12-02T06:00:00+01:00"),
        ("30 2 * * *", "2027-03-28T00:00:00+01:00", "2027-03-28T03:00:00+02:00"),
        ("30 2 * * *", "2027-03-28T03:00:00+02:00", "2027-03-29T02:30:00+02:00"),
        ("30 2 * * *", "2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("30 2 * * *", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"),
        ("0 * * * *", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"),
        ("0 6 29 2 *", "2027-01-01T00:00:00+01:00", "2028-02-29T06:00:00+01:00"),
    ],
)
def test_a_cron_goes_by_amsterdams_clock_in_summer_and_winter(cron: str, after: str, expected: str) -> None:
    assert Cron(cron).first_after(at(after)) == at(expected)


@pytest.mark.parametrize(
    ("cron", "why"),
    [
        ("0 0 30 2 *", "day-of-month"),
        ("0 0 31 4,6 *", "day-of-month"),
        ("* * * * *", "apart"),
        ("0,3 6 * * *", "apart"),
        ("1,57 * * * *", "apart"),
        ("60 6 * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 6 * *", "five fields minute, hour, day of month, month, day of week"),
        ("0 0 6 * * *", "five fields"),
        ("@daily", "five fields"),
        ("0 6 * * 1#6", "day-of-week"),
        ("0 6 */0 * *", "day-of-month"),
        ("0 6 * * \u0661L", "day-of-week"),
        ("0 6 * * 1L/2", "day-of-week"),
        ("0 6 * * L/2/3", "day-of-week"),
        ("9999999999999999999999999 6 * * *", "minute"),
    ],
)
def test_a_cron_that_cannot_be_used_says_why(cron: str, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Cron(cron).check(NOON)
    assert caught.value.code == "cron_invalid"
    assert [error.pointer for error in caught.value.errors] == ["/cron"]
    assert why in caught.value.detail


@pytest.mark.parametrize(
    "cron", ["0 6 * * 1-5", "*/5 * * * *", "0 6 29 2 *", "55 23 L * *", "0 6 * * MON#1", "7 */2 * * 7"]
)
def test_a_cron_that_can_be_used_passes(cron: str) -> None:
    Cron(cron).check(NOON)


def test_the_minutes_between_two_times_are_told_where_they_are_always_the_same() -> None:
    told = [minutes_between(each) for each in (Every(7), Preset.HOURLY, Preset.DAILY, Preset.WEEKLY)]
    assert told == [7, 60, 24 * 60, 7 * 24 * 60]
    assert minutes_between(Preset.MONTHLY) is None
    assert minutes_between(Cron("0 * * * *")) is None


def test_a_day_may_have_an_hour_more_where_summer_time_ends_and_a_month_31_days() -> None:
    periods = {preset: longest_period(preset) for preset in Preset}
    assert periods[Preset.HOURLY] == timedelta(hours=1)
    assert periods[Preset.EVERY_4_HOURS] == timedelta(hours=4)
    assert periods[Preset.DAILY] == timedelta(hours=25)
    assert periods[Preset.WEEKLY] == timedelta(days=7, hours=1)
    assert periods[Preset.MONTHLY] == timedelta(days=31, hours=1)
