"""What readers of sync-svc see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from pydantic import JsonValue

from koppel.contracts.values import ResourceName, SyncOutcome
from sync_svc.domain.freshness import Freshness
from sync_svc.domain.held_deletion import HeldDeletion, HeldState
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.pause import Pause
from sync_svc.domain.policy import Policy
from sync_svc.domain.run import Run, RunState


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with how far each of its listings is, the deletions that it held and nobody has decided yet, and the
    requests that it answers: the newest 100."""

    run: Run
    listings: Sequence[ListingProgress]
    held_deletions: Sequence[HeldDeletion] = ()
    requests: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; None: whichever. `since` is the earliest moment that one was asked for, `text` is in the
    administration's name."""

    administration_id: UUID | None = None
    sync_request_id: UUID | None = None
    state: RunState | None = None
    outcome: SyncOutcome | None = None
    code: str | None = None
    since: datetime | None = None
    text: str | None = None
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class HeldFilter:
    """Which held deletions to list; None: whichever. `since` is the earliest moment that one was held."""

    administration_id: UUID | None = None
    state: HeldState | None = None
    since: datetime | None = None


class StatusOrder(StrEnum):
    """The order of a list of administrations; with a minus the other way round."""

    NAME = "name"
    NAME_REVERSED = "-name"
    LAST_SYNCED = "last_synced_at"
    LAST_SYNCED_REVERSED = "-last_synced_at"


@dataclass(frozen=True, slots=True)
class StatusFilter:
    """Which administrations to list; None: whichever. `text` is looked for in names."""

    import_session_id: UUID | None = None
    paused: bool | None = None
    outcome: SyncOutcome | None = None
    text: str | None = None
    administration_ids: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True)
class ListedAdministration:
    """An administration of a list; `name` is null until the provider's name of it was told, `policy` until it has one."""

    administration_id: UUID
    name: str | None
    status: "SyncStatus"
    organisation_id: UUID
    provider: str
    policy: Policy | None


@dataclass(frozen=True, slots=True)
class ResourceStatus:
    """A resource of an administration: when its oldest listing was last read to its end, how many records live."""

    resource: ResourceName
    synced_at: datetime | None
    records: int


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How an administration's data stands; `last_synced_at` is of the last run that brought data.

    `lengths` are the seconds that the last whole runs took of the kind that `open_run` is.
    `paused` is the widest pause that holds it or a resource of it; `freshness` is None where it has no schedule.
    """

    last_synced_at: datetime | None
    last_duration_seconds: float | None
    last_outcome: SyncOutcome | None
    next_due_at: datetime | None
    open_run: Run | None
    resources: Sequence[ResourceStatus]
    paused: Pause | None = None
    freshness: Freshness | None = None
    lengths: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as stored."""

    resource: ResourceName
    external_id: str
    revision: int
    changed_at: datetime
    deleted: bool
    data: dict[str, JsonValue]
    raw: dict[str, JsonValue]


class Views(Protocol):
    """Reads within the transaction's organisation; in the system's, which an operator's request may open, lists are of all."""

    async def runs(self, which: RunFilter, before: UUID | None, limit: int) -> list[RunView]:
        """Newest first, from the one behind `before`."""
        ...

    async def run_count(self, which: RunFilter) -> int:
        """How many there are."""
        ...

    async def run(self, run_id: UUID) -> RunView | None: ...

    async def lengths(self, administration_id: UUID) -> Sequence[float]:
        """Seconds that its last whole runs took of the kind that the one in work is."""
        ...

    async def status(self, administration_id: UUID) -> SyncStatus: ...

    async def statuses(
        self, which: StatusFilter, order: StatusOrder | None, after: UUID | None, limit: int
    ) -> list[ListedAdministration]:
        """Of the organisation's administrations, without their resources, from the one behind `after`; None: in order of
        their ids."""
        ...

    async def status_count(self, which: StatusFilter) -> int:
        """How many there are."""
        ...

    async def held_deletions(self, which: HeldFilter, before: UUID | None, limit: int) -> list[HeldDeletion]:
        """Newest first, from the one behind `before`."""
        ...

    async def held_deletion_count(self, which: HeldFilter) -> int:
        """How many there are."""
        ...

    async def records(
        self,
        administration_id: UUID,
        resource: ResourceName | None,
        after: tuple[str, str] | None,
        limit: int,
    ) -> list[RecordView]:
        """In order of resource and external id, from the one behind `after`."""
        ...
