"""What the schedules will call in the next 24 hours, by minute, beside what the provider allows."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from koppel.providers.profile import CountedPer, Part, RateWindow
from sync_svc.domain.schedule import Preset, Schedule, longest_period, minutes_between, next_due

MINUTES = 24 * 60
_SECOND = timedelta(seconds=1)
_DAY = MINUTES * 60


@dataclass(frozen=True, slots=True)
class Planned:
    """An administration that is due by itself.

    An increment of it makes so many `calls` (the median of its last ones), a sweep as many as its last whole reading.
    """

    administration_id: UUID
    schedule: Schedule
    next_due_at: datetime
    calls: int
    sweep: Preset | None
    next_sweep_at: datetime | None
    sweep_calls: int


def by_minute(planned: Iterable[Planned], now: datetime) -> list[int]:
    """Calls that begin in each of the minutes from now on. What is due already is due in the first."""
    counts = [0] * MINUTES
    begins = now.replace(second=0, microsecond=0)
    for each in planned:
        due = list(_due(each, begins))
        sweeps = {second for second in _sweeps(each, begins, due) if second < _DAY}
        for second in sweeps:
            counts[second // 60] += each.sweep_calls
        for second in due:
            counts[second // 60] += 0 if second in sweeps else each.calls
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


def _due(planned: Planned, begins: datetime) -> Iterator[int]:
    """When it is due, at first perhaps at no time of its schedule: to be swept, or to catch up."""
    return _seconds(planned.administration_id, planned.schedule, planned.next_due_at, begins)


def _sweeps(planned: Planned, begins: datetime, due: Sequence[int]) -> list[int]:
    """When it is swept, as `Policy` says; a sweep that is due already waits until the administration is due."""
    if planned.sweep is None or planned.next_sweep_at is None:
        return []
    swept: list[int] = []
    first = max(planned.next_sweep_at, planned.next_due_at)
    for own in _seconds(planned.administration_id, planned.sweep, first, begins):
        if swept and own <= swept[-1]:
            continue
        place = bisect_left(due, own)
        asked = max([*due[place - 1 : place], *swept[-1:]], default=own)
        following = due[place] if place < len(due) else _after(planned, begins, own)
        by_schedule = (following - asked) * _SECOND <= longest_period(planned.sweep)
        swept.append(following if by_schedule else own)
    return swept


def _after(planned: Planned, begins: datetime, second: int) -> int:
    following = next_due(planned.administration_id, planned.schedule, begins + second * _SECOND)
    return (following - begins) // _SECOND


def _seconds(administration_id: UUID, schedule: Schedule, first: datetime, begins: datetime) -> Iterator[int]:
    """Those of the next 24 hours at `first` and at the times of the schedule that follow."""
    if (second := max((first - begins) // _SECOND, 0)) >= _DAY:
        return
    yield second
    due = next_due(administration_id, schedule, max(first, begins))
    if (step := minutes_between(schedule)) is not None:
        yield from range((due - begins) // _SECOND, _DAY, step * 60)
        return
    while (second := (due - begins) // _SECOND) < _DAY:
        yield second
        due = next_due(administration_id, schedule, due)
