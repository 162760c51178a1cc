"""What the schedules will call, by minute."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from koppel.kernel.ids import new_id
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.exact_online.profile import PROFILE as EXACT
from koppel.providers.profile import Shares
from sync_svc.domain.forecast import MINUTES, Planned, by_minute, calls_a_minute, one_more
from sync_svc.domain.schedule import Cron, Every, Preset, Schedule, next_due

NOW = datetime(2026, 11, 29, 10, 30, tzinfo=UTC)
DAY = timedelta(days=1)
ONE = UUID(int=1)


def planned(schedule: Schedule, due: datetime | None = None, calls: int = 7) -> Planned:
    of = new_id()
    return Planned(
        administration_id=of,
        schedule=schedule,
        next_due_at=due or next_due(of, schedule, NOW),
        calls=calls,
        sweep=None,
        next_sweep_at=None,
        sweep_calls=0,
    )


@pytest.mark.parametrize(
    ("schedule", "times"),
    [(Every(5), 288), (Every(60), 24), (Preset.HOURLY, 24), (Preset.DAILY, 1), (Cron("0 * * * *"), 24)],
)
def test_a_day_has_as_many_runs_as_the_schedule_says(schedule: Schedule, times: int) -> None:
    assert sum(by_minute([planned(schedule)], NOW)) == times * 7


def test_a_run_stands_in_the_minute_in_which_it_is_due() -> None:
    daily = planned(Every(1440))
    counts = by_minute(
        [daily, daily, planned(Preset.WEEKLY, NOW + 2 * DAY)], daily.next_due_at - timedelta(minutes=3)
    )
    assert {minute: calls for minute, calls in enumerate(counts) if calls} == {3: 14}


def test_what_is_due_beside_its_schedule_is_due_at_its_schedules_times_too() -> None:
    hourly = planned(Every(60))
    hastened = replace(hourly, next_due_at=NOW)
    assert sum(by_minute([hastened], NOW)) == sum(by_minute([hourly], NOW)) + 7


@pytest.mark.parametrize(
    ("sweep", "swept", "calls"),
    [
        (timedelta(), 1, 23 * 7 + 100),
        (timedelta(seconds=1), 1, 23 * 7 + 100),
        (timedelta(hours=-1), 1, 23 * 7 + 100),
        (timedelta(days=2), 0, 24 * 7),
        (None, 0, 24 * 7),
    ],
)
def test_a_sweep_stands_in_for_the_increment_of_its_moment(
    sweep: timedelta | None, swept: int, calls: int
) -> None:
    """Of an administration whose week does not end in this day."""
    hourly = replace(planned(Every(60), next_due(ONE, Every(60), NOW)), administration_id=ONE)
    at = None if sweep is None else hourly.next_due_at + sweep
    with_sweep = replace(hourly, sweep=Preset.WEEKLY, next_sweep_at=at, sweep_calls=100)
    counts = by_minute([with_sweep], NOW)
    assert sum(counts) == calls
    assert len([each for each in counts if each >= 100]) == swept


def test_a_sweep_stands_at_its_own_time_where_the_schedule_comes_less_often() -> None:
    """Of an administration whose week does not end in this day."""
    at = next_due(ONE, Preset.DAILY, NOW)
    weekly = replace(planned(Preset.WEEKLY, at), administration_id=ONE, sweep=Preset.DAILY, sweep_calls=100)
    counts = by_minute([replace(weekly, next_sweep_at=at)], NOW)
    assert {minute: calls for minute, calls in enumerate(counts) if calls} == {
        (at - NOW) // timedelta(minutes=1): 100
    }


def test_a_sweep_waits_for_the_schedule_where_that_comes_within_its_period() -> None:
    hourly = replace(planned(Every(60), next_due(ONE, Every(60), NOW)), administration_id=ONE)
    between = hourly.next_due_at + timedelta(minutes=30)
    swept = replace(hourly, sweep=Preset.HOURLY, next_sweep_at=between, sweep_calls=100)
    assert sum(by_minute([swept], NOW)) == 7 + 23 * 100


def test_a_sweep_goes_by_itself_where_the_schedule_leaves_more_than_its_period() -> None:
    """The last run was more than an hour before: to wait for the next would be a sweep too few."""
    due = next_due(ONE, Every(240), NOW)
    seldom = replace(planned(Every(240), due), administration_id=ONE, sweep=Preset.HOURLY, sweep_calls=100)
    at = due + timedelta(hours=3, minutes=30)
    counts = by_minute([replace(seldom, next_sweep_at=at)], NOW)
    assert counts[(at - NOW) // timedelta(minutes=1)] == 100


def test_what_is_due_a_day_from_now_is_not_in_the_day() -> None:
    """Swept or not: the time of the schedule after the last of today is tomorrow's."""
    morning = Cron("0 6 * * *")
    on_the_minute = (
        of for of in (UUID(int=number) for number in range(10_000)) if next_due(of, morning, NOW).second == 0
    )
    daily = replace(planned(morning), administration_id=next(on_the_minute))
    at = next_due(daily.administration_id, morning, NOW)
    daily = replace(daily, next_due_at=at)
    swept = replace(daily, sweep=Preset.DAILY, next_sweep_at=at + timedelta(hours=1), sweep_calls=100)
    assert [sum(by_minute([each], at)) for each in (daily, swept)] == [7, 7]


def test_a_stale_time_of_a_sweep_counts_for_nothing_where_nothing_is_swept() -> None:
    hourly = planned(Every(60))
    assert sum(by_minute([replace(hourly, next_sweep_at=NOW, sweep_calls=100)], NOW)) == 24 * 7


@pytest.mark.parametrize("schedule", [Every(1440), Cron("0 6 * * *"), Preset.MONTHLY])
def test_what_is_late_is_due_now_and_once(schedule: Schedule) -> None:
    counts = by_minute([planned(schedule, NOW - timedelta(days=3))], NOW)
    assert counts[0] == 7
    assert sum(counts) <= 14


def test_what_is_due_after_the_day_is_not_in_it() -> None:
    assert sum(by_minute([planned(Preset.WEEKLY, NOW + timedelta(days=2))], NOW)) == 0


def test_one_more_office_is_spread_over_the_hour() -> None:
    counts = one_more(10, 7)
    assert len(counts) == MINUTES
    assert sum(counts[:60]) == 70
    assert max(counts) - min(counts) == 1


def test_a_window_that_is_counted_by_endpoint_allows_as_often_as_there_are_endpoints() -> None:
    assert calls_a_minute(EACCOUNTING.profile.windows, 10, 3, Shares().for_sync) == 5400


def test_the_tightest_window_decides() -> None:
    assert calls_a_minute(EXACT.windows, 10, 3, int) == int(5000 / 1440 * 3)


def test_without_windows_no_limit_is_known() -> None:
    assert calls_a_minute((), 10, 3, int) == 0


def test_what_is_due_in_this_minute_is_not_late() -> None:
    hourly = planned(Every(60))
    assert sum(by_minute([hourly], hourly.next_due_at)) == 24 * 7


def test_the_first_minute_of_the_next_day_is_not_in_it() -> None:
    assert sum(by_minute([planned(Cron("30 11 * * *"), NOW + timedelta(days=1))], NOW)) == 0


def test_calls_of_an_office_are_the_same_in_each_minute_where_that_goes_up() -> None:
    assert set(one_more(12, 10)) == {2}
