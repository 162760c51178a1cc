"""Requests for and facts about synchronisation, keyed by administration."""

from typing import ClassVar
from uuid import UUID

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import SYNC, SYNC_REQUEST, Topic
from koppel.contracts.values import Failure, ResourceName, SyncMode, SyncOutcome, SyncTrigger, Value


class SyncRequested(Event):
    """Somebody asks for a sync; whoever asks, this is the one entrance (`koppel.sync-request.v1`)."""

    topic: ClassVar[Topic] = SYNC_REQUEST
    command: ClassVar[bool] = True

    sync_request_id: UUID
    administration_id: UUID
    resources: tuple[ResourceName, ...] | None = None
    mode: SyncMode
    trigger: SyncTrigger
    requested_by: str
    requested_at: UtcDateTime

    @property
    def key(self) -> str:
        return str(self.administration_id)


class ResourceCount(Value):
    """What a run did with one resource; `total` is what the package says there is, when it says so."""

    resource: ResourceName
    state: str
    fetched: int
    changed: int
    deleted: int
    unchanged: int
    failed: int
    total: int | None = None


class SyncEvent(Event):
    """Base of a run's facts (`koppel.sync.v1`)."""

    topic: ClassVar[Topic] = SYNC

    administration_id: UUID
    run_id: UUID

    @property
    def key(self) -> str:
        return str(self.administration_id)


class SyncStarted(SyncEvent):
    """A worker took the run up."""

    mode: SyncMode
    trigger: SyncTrigger
    resources: tuple[ResourceName, ...]
    sync_request_ids: tuple[UUID, ...]
    started_at: UtcDateTime


class SyncProgressed(SyncEvent):
    """How far the run is; sent at most about once a second."""

    resources: tuple[ResourceCount, ...]
    percent: int | None = None
    eta_seconds: int | None = None
    progressed_at: UtcDateTime


class SyncDeferred(SyncEvent):
    """The run waits, for a limit of the package or for room."""

    failure: Failure
    until: UtcDateTime
    deferred_at: UtcDateTime


class SyncEnded(SyncEvent):
    """Base of the ways in which a run ends."""

    resources: tuple[ResourceCount, ...]
    duration_seconds: float
    finished_at: UtcDateTime


class SyncCompleted(SyncEnded):
    """The run did what it was asked: `changed`, `unchanged`, or `partial`."""

    outcome: SyncOutcome


class SyncFailed(SyncEnded):
    """The run could not do what it was asked."""

    failure: Failure


class SyncCancelled(SyncEnded):
    """A person stopped the run."""

    cancelled_by: str


class SyncAbandoned(SyncEnded):
    """The run's worker died too often or made no progress; it was ended for it."""

    failure: Failure
