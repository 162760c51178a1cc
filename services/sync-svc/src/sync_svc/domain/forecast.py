"""What the schedules will call in the next 24 hours, by minute, beside what the provider allows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from koppel.providers.profile import CountedPer, Part, RateWindow
from sync_svc.domain.schedule import Schedule, minutes_between, next_due

MINUTES = 24 * 60
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """An administration that is due by itself; a run of it makes so many calls (the median of its last ones)."""

    administration_id: UUID
    schedule: Schedule
    next_due_at: datetime
    calls: int


def by_minute(planned: Iterable[Planned], now: datetime) -> list[int]:
    """Calls that begin in each of the minutes from now on. What is due already is due in the first."""
    counts = [0] * MINUTES
    begins = now.replace(second=0, microsecond=0)
    for each in planned:
        for minute in _minutes(each, begins):
            counts[minute] += each.calls
    return counts


def one_more(administrations: int, calls: int) -> list[int]:
    """What an office with so many administrations adds, once it is read: hourly, each at a phase of its own."""
    each_hour = administrations * calls
    spread = [each_hour // 60 + (minute < each_hour % 60) for minute in range(60)]
    return spread * (MINUTES // 60)


def calls_a_minute(windows: Sequence[RateWindow], endpoints: int, companies: int, part: Part) -> int:
    """What all windows together allow our share of: one counted by endpoint or company as often as there are such."""
    allowed = [
        part(window.calls)
        / window.seconds
        * 60
        * (endpoints if CountedPer.ENDPOINT in window.per else 1)
        * (companies if CountedPer.COMPANY in window.per else 1)
        for window in windows
        if window.kind == "api"
    ]
    return int(min(allowed, default=0))


def _minutes(planned: Planned, begins: datetime) -> Iterator[int]:
    """Those of the next 24 hours in which it is due."""
    due = planned.next_due_at
    if due < begins:
        yield 0
        due = next_due(planned.administration_id, planned.schedule, begins)
    if (step := minutes_between(planned.schedule)) is not None:
        yield from range((due - begins) // _MINUTE, MINUTES, step)
        return
    while (minute := (due - begins) // _MINUTE) < MINUTES:
        yield minute
        due = next_due(planned.administration_id, planned.schedule, due)
