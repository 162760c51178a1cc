"""When an administration is due: at a fixed phase of its schedule, spread by its id.

The phase depends on nothing but id and schedule, so it neither drifts with the length of the runs nor starts
everything at once after a restart, and after an outage of any length there is one run to catch up.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from uuid import UUID
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from koppel.kernel.errors import FieldError, InvalidInput

SHORTEST_INTERVAL_MINUTES = 5
LONGEST_INTERVAL_MINUTES = 7 * 24 * 60
LONGEST_CRON = 100
"""Characters."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_CRON_SPREAD = timedelta(minutes=SHORTEST_INTERVAL_MINUTES)
_MONTH_SPREAD = timedelta(days=28)


class Preset(StrEnum):
    """A schedule by name. Each administration has a phase of its own in it."""

    EVERY_15_MINUTES = "every_15_minutes"
    HOURLY = "hourly"
    EVERY_4_HOURS = "every_4_hours"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


_MINUTES = {
    Preset.EVERY_15_MINUTES: 15,
    Preset.HOURLY: 60,
    Preset.EVERY_4_HOURS: 4 * 60,
    Preset.DAILY: 24 * 60,
    Preset.WEEKLY: 7 * 24 * 60,
}


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes, at a phase of the administration's own."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields as in crontab(5), by Amsterdam's clock; due within the five minutes after.

    An hour that summer time skips is made up for at its end, one that comes twice counts once, unless the
    expression begins minutes or hours with a star.
    """

    expression: str

    def check(self, now: datetime) -> None:
        """Raises `InvalidInput` (`cron_invalid`) for what cannot be read, comes too often or never comes."""
        if (wrong := self._wrong(now)) is not None:
            raise InvalidInput(
                "cron_invalid", f"This cron cannot be used: {wrong}.", [FieldError("/cron", wrong)]
            )

    def first_after(self, instant: datetime) -> datetime:
        return next(CronSim(self.expression, instant.astimezone(_AMSTERDAM))).astimezone(UTC)

    def _wrong(self, now: datetime) -> str | None:
        if len(self.expression.split()) != len(_FIELDS):
            return f"it needs the five fields {', '.join(_FIELDS)}"
        try:
            parsed = CronSim(self.expression, now.astimezone(_AMSTERDAM))
            self.first_after(now)
        except (CronSimError, AssertionError, ValueError) as error:
            return f"{str(error).lower() or 'bad field'}; for example 0 6 * * 1-5"
        except StopIteration:
            return "it never comes"
        return _too_often(sorted(parsed.minutes))


Schedule = Every | Preset | Cron
DEFAULT_SCHEDULE = Every(60)

_FIELDS = ("minute", "hour", "day of month", "month", "day of week")


def _too_often(minutes: list[int]) -> str | None:
    following = [*minutes[1:], minutes[0] + 60]
    if (
        min(after - before for before, after in zip(minutes, following, strict=True))
        < SHORTEST_INTERVAL_MINUTES
    ):
        return f"its minutes lie less than {SHORTEST_INTERVAL_MINUTES} apart"
    return None


def next_due(administration_id: UUID, schedule: Schedule, after: datetime) -> datetime:
    """The first instant of the administration's phase that lies later than `after`."""
    if isinstance(schedule, Cron):
        offset = _offset(administration_id, _CRON_SPREAD)
        return schedule.first_after(after - offset) + offset
    if schedule is Preset.MONTHLY:
        return _monthly(administration_id, after)
    interval = timedelta(minutes=_MINUTES[schedule] if isinstance(schedule, Preset) else schedule.minutes)
    first = _EPOCH + _offset(administration_id, interval)
    return first + ((after - first) // interval + 1) * interval


def minutes_between(schedule: Schedule) -> int | None:
    """Minutes from each time that it is due to the next; None: not always the same."""
    if isinstance(schedule, Every):
        return schedule.minutes
    return _MINUTES.get(schedule) if isinstance(schedule, Preset) else None


def longest_period(preset: Preset) -> timedelta:
    """The longest from one time to the next: months have 31 days, and where summer time ends there is an hour more."""
    period = timedelta(minutes=_MINUTES[preset]) if preset in _MINUTES else timedelta(days=31)
    return period if period < timedelta(days=1) else period + timedelta(hours=1)


def _monthly(administration_id: UUID, after: datetime) -> datetime:
    offset = _offset(administration_id, _MONTH_SPREAD)
    start = after.astimezone(_AMSTERDAM).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (start + timedelta(days=32)).replace(day=1)
    due = (begin.astimezone(UTC) + offset for begin in (start, following))
    return next(instant for instant in due if instant > after)


def _offset(administration_id: UUID, spread: timedelta) -> timedelta:
    drawn = int.from_bytes(blake2b(administration_id.bytes, digest_size=8).digest())
    return timedelta(seconds=drawn % int(spread.total_seconds()))
