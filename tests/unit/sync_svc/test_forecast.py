"""What the schedules will call, by minute."""

from datetime import UTC, datetime, timedelta

import pytest

from koppel.kernel.ids import new_id
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.exact_online.profile import PROFILE as EXACT
from koppel.providers.profile import Shares
from sync_svc.domain.forecast import MINUTES, Planned, by_minute, calls_a_minute, one_more
from sync_svc.domain.schedule import Cron, Every, Preset, Schedule, next_due

NOW = datetime(2026, 11, 29, 10, 30, tzinfo=UTC)


def planned(schedule: Schedule, due: datetime | None = None, calls: int = 7) -> Planned:
    of = new_id()
    return Planned(of, schedule, due or next_due(of, schedule, NOW), calls)


@pytest.mark.parametrize(
    ("schedule", "times"),
    [(Every(5), 288), (Every(60), 24), (Preset.HOURLY, 24), (Preset.DAILY, 1), (Cron("0 * * * *"), 24)],
)
def test_a_day_has_as_many_runs_as_the_schedule_says(schedule: Schedule, times: int) -> None:
    assert sum(by_minute([planned(schedule)], NOW)) == times * 7


def test_a_run_stands_in_the_minute_in_which_it_is_due() -> None:
    due = NOW + timedelta(minutes=3)
    counts = by_minute([planned(Every(1440), due), planned(Every(1440), due, calls=2)], NOW)
    assert {minute: calls for minute, calls in enumerate(counts) if calls} == {3: 9}


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
    assert sum(by_minute([planned(Every(60), NOW)], NOW)) == 24 * 7


def test_the_first_minute_of_the_next_day_is_not_in_it() -> None:
    assert sum(by_minute([planned(Cron("30 11 * * *"), NOW + timedelta(days=1))], NOW)) == 0


def test_calls_of_an_office_are_the_same_in_each_minute_where_that_goes_up() -> None:
    assert set(one_more(12, 10)) == {2}
