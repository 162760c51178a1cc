"""Numbers, names and instants as a person says them."""

from datetime import UTC, datetime, timedelta

import pytest

from koppel_cli.wording import clock, count, listed, since

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (timedelta(), "now"),
        (timedelta(milliseconds=900), "now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(minutes=4, seconds=31), "4 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(hours=48), "2 days ago"),
        (-timedelta(minutes=2), "in 2 min"),
    ],
)
def test_an_instant_is_told_from_now(past: timedelta, expected: str) -> None:
    assert since((NOW - past).isoformat().replace("+00:00", "Z"), NOW) == expected


def test_one_is_singular_and_all_else_plural() -> None:
    assert [count(number, "event") for number in (0, 1, 2)] == ["0 events", "1 event", "2 events"]
    assert [count(number, "waits", "wait") for number in (1, 2)] == ["1 waits", "2 wait"]


def test_names_are_listed_with_an_and() -> None:
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_an_instant_is_told_in_utc_to_the_second() -> None:
    assert clock("2026-11-29T01:00:00.999+02:00") == "11-28 23:00:00"
