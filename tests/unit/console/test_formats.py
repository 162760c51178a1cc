"""Times, durations and numbers in both languages."""

from datetime import UTC, datetime, timedelta

import pytest

from koppel_console.pages import formats
from koppel_console.words import Language, language_of

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_a_moment_is_by_amsterdams_clock_summer_time_included() -> None:
    assert formats.moment(NOON, "nl") == "1 jul 2026 14:00:00"
    assert formats.moment(datetime(2026, 12, 1, 12, tzinfo=UTC), "en") == "1 Dec 2026 13:00:00"


def test_a_moment_by_another_clock_says_so() -> None:
    assert formats.moment(NOON, "nl", UTC) == "1 jul 2026 12:00:00 UTC"
    assert formats.clock(NOON, UTC) == "12:00:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "nl", "en"),
    [
        (0.2, "minder dan 1 s", "less than 1 s"),
        (59, "59 s", "59 s"),
        (65, "1 min 5 s", "1 min 5 s"),
        (1800, "30 min", "30 min"),
        (3900, "1 uur 5 min", "1 h 5 min"),
        (200_000, "2 dagen", "2 days"),
    ],
)
def test_a_duration_has_one_or_two_units(seconds: float, nl: str, en: str) -> None:
    assert (formats.duration(seconds, "nl"), formats.duration(seconds, "en")) == (nl, en)


def test_relative_times_look_both_ways() -> None:
    assert formats.relative(NOON - timedelta(minutes=30), NOON, "nl") == "30 min geleden"
    assert formats.relative(NOON + timedelta(hours=2), NOON, "en") == "in 2 h"


@pytest.mark.parametrize("nothing", [None, "", "yesterday", 5, "x" * 100])
def test_what_is_no_time_is_none(nothing: object) -> None:
    assert formats.instant_of(nothing) is None


@pytest.mark.parametrize(("language", "text"), [("nl", "10.000"), ("en", "10,000")])
def test_thousands_are_parted_as_the_language_does(language: Language, text: str) -> None:
    assert formats.number(10_000, language) == text


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, None, "nl"),
        (None, "de,en;q=0.8", "en"),
        (None, "nl-NL,en", "nl"),
        ("en", "nl", "en"),
        ("xx", None, "nl"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers_else_dutch(
    chosen: str | None, accepted: str | None, language: str
) -> None:
    assert language_of(chosen, accepted) == language
