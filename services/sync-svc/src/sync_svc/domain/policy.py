"""When and what an administration synchronises by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from koppel.contracts.values import ResourceName, SyncMode
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, Listed
from sync_svc.domain.administration import Administration
from sync_svc.domain.forecast import Planned
from sync_svc.domain.freshness import usual_objective
from sync_svc.domain.schedule import DEFAULT_SCHEDULE, Preset, Schedule, longest_period, next_due


class SweepRhythm(StrEnum):
    """How often everything is read whole, which finds what was deleted at the provider; the names of `Preset`."""

    EVERY_15_MINUTES = "every_15_minutes"
    HOURLY = "hourly"
    EVERY_4_HOURS = "every_4_hours"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    NEVER = "never"

    @property
    def preset(self) -> Preset | None:
        return None if self is SweepRhythm.NEVER else Preset(self.value)


def tells_deletions(listings: Iterable[Listing]) -> bool:
    """Whether the provider tells of every deletion in these listings, so that no sweep has to find them."""
    return all(isinstance(listing.removal, Feed | Listed) for listing in listings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When an administration synchronises by itself; `resources` None means all.

    A sweep goes with the schedule's first time from `next_sweep_at` on: what keeps to nights is swept by night. Where the
    schedule's next time is further away than a period of the sweep, `next_due_at` is the sweep's own time. `sweep` None is
    the default: weekly, and never where the provider tells deletions. `next_sweep_at` is None while it is not reckoned,
    and where nothing is swept.
    `missed`: it was due under a pause, and is due again when that ends. `freshness_minutes`: how old its data
    may get, None: the `usual_objective` of its schedule, which is None while it is not reckoned.
    """

    administration_id: UUID
    enabled: bool
    schedule: Schedule
    resources: frozenset[ResourceName] | None
    next_due_at: datetime
    sweep: SweepRhythm | None = None
    next_sweep_at: datetime | None = None
    missed: bool = False
    freshness_minutes: int | None = None
    usual_objective: timedelta | None = None

    @classmethod
    def first(cls, administration_id: UUID, now: datetime) -> "Policy":
        """What a new administration gets: every hour, all that the provider offers."""
        return cls(
            administration_id=administration_id,
            enabled=True,
            schedule=DEFAULT_SCHEDULE,
            resources=None,
            next_due_at=next_due(administration_id, DEFAULT_SCHEDULE, now),
            usual_objective=usual_objective(DEFAULT_SCHEDULE, now),
        )

    def rhythm(self, *, tells_deletions: bool) -> SweepRhythm:
        """How often it is swept."""
        if self.sweep is not None:
            return self.sweep
        return SweepRhythm.NEVER if tells_deletions else SweepRhythm.WEEKLY

    def asked(self, rhythm: SweepRhythm, now: datetime) -> tuple["Policy", SyncMode]:
        """The policy after it was due and asked for, and how thoroughly to read; what was missed is asked once."""
        following = self.passed(rhythm, now)
        if following.next_sweep_at is None or following.next_sweep_at > now:
            return following, SyncMode.INCREMENTAL
        return replace(following, next_sweep_at=None).passed(rhythm, now), SyncMode.FULL

    def passed(self, rhythm: SweepRhythm, now: datetime, *, missed: bool = False) -> "Policy":
        """The policy after it was due and nothing was asked; a sweep that was due still is."""
        due, sweep = next_due(self.administration_id, self.schedule, now), None
        if (preset := rhythm.preset) is not None:
            following = next_due(self.administration_id, preset, now)
            sweep = self.next_sweep_at or following
            due = due if due - now <= longest_period(preset) else min(due, following)
        objective = self.usual_objective or usual_objective(self.schedule, now)
        return replace(self, next_due_at=due, next_sweep_at=sweep, missed=missed, usual_objective=objective)


class Due(NamedTuple):
    """What is due, whether a run of it is open already, and whether a pause holds it."""

    administration: Administration
    policy: Policy
    is_open: bool
    is_paused: bool


class Policies(Protocol):
    """Schedules."""

    async def planned(self, provider: str, unknown: int) -> list[Planned]:
        """Of all organisations' administrations at the provider; one without a run yet is `unknown` calls."""
        ...

    async def get(self, administration_id: UUID) -> Policy | None: ...

    async def save(self, policy: Policy) -> None:
        """Make or replace."""
        ...

    async def disable(self, administration_id: UUID) -> None: ...

    async def reschedule_now(self, grant_ids: Sequence[UUID], due_at: datetime) -> None:
        """Make the enabled policies of these grants' administrations due at `due_at`, unless they are sooner."""
        ...

    async def due_at(self, administration_id: UUID, due_at: datetime) -> None:
        """Make an enabled policy due at `due_at`, unless it is sooner."""
        ...

    async def lock_due(self, now: datetime, limit: int) -> list[Due]:
        """Due policies that no other process holds."""
        ...

    async def overdue_seconds(self) -> float:
        """How long the one that is due longest has waited to be asked for, of all organisations; 0: none waits."""
        ...

    async def made_up_for(self, administration_id: UUID) -> None:
        """What it missed under a pause was asked for otherwise."""
        ...

    async def reschedule_missed(self) -> None:
        """What was due under pauses that are over is due again, one after the other."""
        ...

    async def move(self, policies: Sequence[Policy]) -> None:
        """Note when they and their sweeps are due next."""
        ...
