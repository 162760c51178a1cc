"""Points in time as whole microseconds since 1970, and their text form in the API (UTC, with Z)."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate

Clock = Callable[[], int]
"""Gives the present as microseconds since 1970-01-01T00:00:00Z."""

SECOND = 1_000_000
DAY = 86_400 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (formatting only: half the cost of an aware datetime)


def system_clock() -> int:
    return time.time_ns() // 1000


def as_text(instant: int) -> str:
    """`2026-03-01T08:15:00Z`; a fraction only when there is one, as .NET writes it."""
    return (_NAIVE_EPOCH + timedelta(microseconds=instant)).isoformat() + "Z"


def as_date(instant: int) -> str:
    """A business date the way the API gives it: typed date-time, only the date part means something."""
    return (_NAIVE_EPOCH + timedelta(microseconds=instant)).date().isoformat() + "T00:00:00"


def at(year: int, month: int = 1, day: int = 1) -> int:
    return (datetime(year, month, day, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


def parse(text: str) -> int:
    """Microseconds of an ISO 8601 date or date-time; UTC when the text names no zone. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def as_http_date(instant: int) -> str:
    """The form of the `Date` header (RFC 9110, section 5.6.7)."""
    return formatdate(instant / SECOND, usegmt=True)


class MovableClock:
    """A provider's own clock: the machine's, and what a test moved it ahead by."""

    def __init__(self, base: Clock = system_clock) -> None:
        self._base = base
        self.ahead = 0

    def __call__(self) -> int:
        return self._base() + self.ahead

    def advance(self, microseconds: int) -> None:
        self.ahead += microseconds


class StrictlyIncreasing:
    """A clock for changes: later than anything it gave before, and never behind the real one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.latest = 0

    def tick(self) -> int:
        self.latest = max(self._clock(), self.latest + 1)
        return self.latest

    def now(self) -> int:
        """The present as the provider tells it: not before the newest change it has recorded."""
        return max(self._clock(), self.latest)
