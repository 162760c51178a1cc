"""Numbers, names and instants as a person says them. Programs read the plain values with `--json`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_STEPS = ((86_400, 48 * 3_600, "day"), (3_600, 3_600, "h"), (60, 60, "min"), (1, 1, "s"))
"""Seconds in a unit, from how many seconds on it is used, and its name."""


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 event`, `2 events`; `many` where it is not `one` with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def since(instant: str, now: datetime | None = None) -> str:
    """How far an ISO instant is from `now`: `4 min ago`, `in 2 h`, or `now` within a second."""
    past = (now or datetime.now(UTC)) - datetime.fromisoformat(instant)
    span = _span(abs(past))
    if span is None:
        return "now"
    return f"{span} ago" if past > timedelta() else f"in {span}"


def clock(instant: str) -> str:
    """An ISO instant to the second, in UTC and without its year: `11-29 08:00:00`."""
    return datetime.fromisoformat(instant).astimezone(UTC).strftime("%m-%d %H:%M:%S")


def _span(length: timedelta) -> str | None:
    seconds = int(length.total_seconds())
    for size, used_from, unit in _STEPS:
        if seconds >= used_from:
            return count(seconds // size, unit) if unit == "day" else f"{seconds // size} {unit}"
    return None
