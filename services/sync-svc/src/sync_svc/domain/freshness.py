"""How old an administration's data may get, and how fast what may be missed of that is used up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from sync_svc.domain.schedule import Cron, Schedule, minutes_between, next_due

TARGET = 0.99
"""The part of all administrations, minute by minute, that is to be fresh."""
SHORTEST_OBJECTIVE_MINUTES = 5
LONGEST_OBJECTIVE_MINUTES = 90 * 24 * 60
_LOOKS_AHEAD = timedelta(days=14)
_ANY_PHASE = UUID(int=0)
"""Gaps are the same whatever an administration's phase."""


class Unmet(StrEnum):
    """Why an objective is not met now."""

    PAUSED = "paused"
    NEVER_SYNCED = "never_synced"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is promised of an administration and how it stands; `age_seconds` None: something was never read."""

    objective_seconds: int
    age_seconds: int | None
    unmet: Unmet | None


@dataclass(frozen=True, slots=True)
class ProviderFreshness:
    """How many administrations of a provider are fresh, and the parts of administration-minutes that were not."""

    provider: str
    administrations: int
    met: int
    unmet_in_1h: float
    unmet_in_6h: float


def usual_objective(schedule: Schedule, now: datetime) -> timedelta:
    """Twice the longest gap between two due times, of those whose first lies in the next 14 days."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return 2 * _longest_gap(schedule, midnight)


def burn_rate(unmet: float) -> float:
    """How many times faster than the target allows: at 1 exactly as much is missed as may be."""
    return round(unmet / (1 - TARGET), 2)


@lru_cache(maxsize=256)
def _longest_gap(schedule: Schedule, begins: datetime) -> timedelta:
    if (minutes := minutes_between(schedule)) is not None:
        return timedelta(minutes=minutes)
    longest, due = timedelta(), _following(schedule, begins)
    while due <= begins + _LOOKS_AHEAD or not longest:
        following = _following(schedule, due)
        longest, due = max(longest, following - due), following
    return longest


def _following(schedule: Schedule, instant: datetime) -> datetime:
    if isinstance(schedule, Cron):
        return schedule.first_after(instant)
    return next_due(_ANY_PHASE, schedule, instant)


class FreshnessSamples(Protocol):
    """How many administrations are fresh, by provider and minute."""

    async def take(self) -> None:
        """Note this minute, unless another process did, and forget what no rate is reckoned from."""
        ...

    async def by_provider(self) -> list[ProviderFreshness]:
        """Of all organisations, now and lately."""
        ...
