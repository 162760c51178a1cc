"""Instants as people say them."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from koppel_cli.instants import instant


@pytest.mark.parametrize(
    ("text", "ago"),
    [("30min", timedelta(minutes=30)), ("2h", timedelta(hours=2)), ("3d", timedelta(days=3))],
)
def test_a_span_is_that_long_ago(text: str, ago: timedelta) -> None:
    told = datetime.fromisoformat(instant(text) or "")
    assert abs(datetime.now(UTC) - ago - told) < timedelta(minutes=1)


def test_today_began_at_midnight_of_this_machine() -> None:
    began = datetime.fromisoformat(instant("today") or "").astimezone()
    assert (began.hour, began.minute, began.second) == (0, 0, 0)
    assert timedelta() <= datetime.now(UTC) - began < timedelta(hours=25)


def test_an_instant_is_told_in_utc() -> None:
    assert instant("2026-11-25T09:00:00+01:00") == "2026-11-25T08:00:00Z"
    assert instant(None) is None


@pytest.mark.parametrize("text", ["yesterday", "h", "-2h", "2 weeks", "999999d", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        instant(text)
