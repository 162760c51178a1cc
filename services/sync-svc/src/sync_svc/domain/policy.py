"""When and what an administration synchronises by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from koppel.contracts.values import ResourceName
from sync_svc.domain.administration import Administration
from sync_svc.domain.schedule import DEFAULT_SCHEDULE, Schedule, next_due


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When an administration synchronises by itself; `resources` None means all."""

    administration_id: UUID
    enabled: bool
    schedule: Schedule
    resources: frozenset[ResourceName] | None
    next_due_at: datetime

    @classmethod
    def first(cls, administration_id: UUID, now: datetime) -> "Policy":
        """What a new administration gets: every hour, all that the package offers."""
        return cls(
            administration_id=administration_id,
            enabled=True,
            schedule=DEFAULT_SCHEDULE,
            resources=None,
            next_due_at=next_due(administration_id, DEFAULT_SCHEDULE, now),
        )

    def due_after(self, now: datetime) -> datetime:
        """Its next instant; those that were missed are caught up with one run, not with one each."""
        return next_due(self.administration_id, self.schedule, now)


class Policies(Protocol):
    """Schedules."""

    async def get(self, administration_id: UUID) -> Policy | None: ...

    async def save(self, policy: Policy) -> None:
        """Make or replace."""
        ...

    async def disable(self, administration_id: UUID) -> None: ...

    async def reschedule_now(self, grant_ids: Sequence[UUID], due_at: datetime) -> None:
        """Make the enabled policies of these grants' administrations due at `due_at`, unless they are sooner."""
        ...

    async def lock_due(self, now: datetime, limit: int) -> list[tuple[Administration, Policy, bool]]:
        """Due policies that no other process holds, each with whether a run of it is open already."""
        ...

    async def move(self, next_due: Mapping[UUID, datetime]) -> None: ...
