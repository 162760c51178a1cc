"""Requests for and facts about synchronisation, keyed by administration."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import SYNC, SYNC_REQUEST, Topic
from koppel.contracts.values import (
    ACTOR,
    Failure,
    ResourceName,
    SyncMode,
    SyncOutcome,
    SyncTrigger,
    Value,
    known,
)


class SyncRequested(Event):
    """Somebody asks for a sync; whoever asks, this is the one entrance (`koppel.sync-request.v1`)."""

    topic: ClassVar[Topic] = SYNC_REQUEST
    command: ClassVar[bool] = True

    sync_request_id: UUID = Field(description="The request; whoever asks makes it.")
    administration_id: UUID = Field(description="The administration to synchronise.")
    resources: tuple[ResourceName, ...] | None = Field(
        default=None, description="What to synchronise; null for everything that the provider offers."
    )
    mode: SyncMode = Field(
        description="`full` reads everything, `incremental` what changed since the last time."
    )
    trigger: SyncTrigger = Field(description="What made somebody ask.")
    requested_by: str = Field(description=f"Who asks. {ACTOR}")
    requested_at: UtcDateTime = Field(description="When they asked.")

    @property
    def key(self) -> str:
        return str(self.administration_id)


class ResourceCount(Value):
    """What a run did with one resource. Counts are records."""

    resource: ResourceName = Field(description="The resource.")
    state: str = Field(
        description="How far it is; `unsupported`: the company's edition of the provider lacks it, which is no failure.",
        json_schema_extra=known("waiting", "running", "done", "failed", "unsupported"),
    )
    fetched: int = Field(description="Records that came from the provider.")
    changed: int = Field(description="Of those, new ones and those that differ from what we had.")
    deleted: int = Field(description="Records of ours that the provider no longer has.")
    unchanged: int = Field(description="Of those fetched, the ones that we had already.")
    failed: int = Field(description="Of those fetched, the ones that could not be read.")
    total: int | None = Field(
        default=None, description="How many the provider says there are to fetch; null when it does not say."
    )
    reason: str | None = Field(
        default=None,
        description="Why it was not read, or not wholly, as a code (`module_unavailable`, `cancelled`, that of a failure);"
        " null: it was, or is still to be.",
    )


class SyncEvent(Event):
    """Base of a run's facts (`koppel.sync.v1`)."""

    topic: ClassVar[Topic] = SYNC

    administration_id: UUID = Field(description="The administration that is synchronised.")
    run_id: UUID = Field(description="The run: one synchronisation of one administration.")

    @property
    def key(self) -> str:
        return str(self.administration_id)


class SyncStarted(SyncEvent):
    """A worker took the run up."""

    mode: SyncMode = Field(
        description="`full` reads everything, `incremental` what changed since the last time."
    )
    trigger: SyncTrigger = Field(description="What made somebody ask for it.")
    resources: tuple[ResourceName, ...] = Field(description="What it synchronises, in order of reading.")
    sync_request_ids: tuple[UUID, ...] = Field(description="The requests that it answers: one or more.")
    started_at: UtcDateTime = Field(
        description="When the run first started; a run that waited goes on, it does not start."
    )


class SyncProgressed(SyncEvent):
    """How far the run is; sent at most about once a second."""

    resources: tuple[ResourceCount, ...] = Field(description="Each resource so far, in order of reading.")
    percent: int | None = Field(
        default=None, description="How much is done, 0 to 99: at 100 it has ended; null when nobody can say."
    )
    eta_seconds: int | None = Field(
        default=None,
        description="Seconds that the rest is likeliest to take, by the administration's runs before it; null when there were none.",
    )
    progressed_at: UtcDateTime = Field(description="When it was so far.")


class SyncDeferred(SyncEvent):
    """The run waits: for a limit of the provider, for another service, or for the end of a pause. Told once a wait."""

    failure: Failure = Field(description="What it waits for.")
    until: UtcDateTime = Field(
        description="When it goes on at the earliest; that is at once where somebody has to log in."
    )
    deferred_at: UtcDateTime = Field(description="When it was put off.")


class SyncEnded(SyncEvent):
    """Base of the ways in which a run ends."""

    resources: tuple[ResourceCount, ...] = Field(
        description="What came of each resource, in order of reading."
    )
    duration_seconds: float = Field(
        description="Seconds from the run's start to its end, waits included, to the millisecond; 0 when it never started."
    )
    finished_at: UtcDateTime = Field(description="When it ended.")


class SyncCompleted(SyncEnded):
    """The run did what it was asked: `changed`, `unchanged`, or `partial`."""

    outcome: SyncOutcome = Field(
        description="`changed`, `unchanged`, or `partial` when some of it failed; other ends have events of their own."
    )
    missed_by_incremental: int | None = Field(
        default=None,
        description="Changes that a whole reading found although their stamp lay before what increments had read; null: told "
        "by a version that did not count them.",
    )
    overlap_raised_to_seconds: int | None = Field(
        default=None,
        description="So many seconds before what they have read increments ask from now on, because of such changes; the longest of "
        "the run's listings; null: it was not raised.",
    )


class SyncFailed(SyncEnded):
    """The run could not do what it was asked."""

    failure: Failure = Field(description="Why it could not.")


class SyncCancelled(SyncEnded):
    """A person stopped the run."""

    cancelled_by: str = Field(description=f"Who stopped it. {ACTOR} Empty when that is not known.")


class SyncAbandoned(SyncEnded):
    """The run's worker died too often or made no progress; it was ended for it."""

    failure: Failure = Field(description="Why it was ended.")
