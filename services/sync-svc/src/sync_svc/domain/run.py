"""A sync run: its states, and how it ends. Success is never a default: an outcome is always worked out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from koppel.contracts.values import Failure, SyncMode, SyncOutcome, SyncTrigger
from sync_svc.domain.listing import ListingState, Reading
from sync_svc.domain.request import Wanted

LEASE_KIND = "sync_run"
"""What a worker's lease on a run is called."""
MOST_FRUITLESS_STARTS = 5
"""Workers that may die (or be stopped) over a run, one after the other, without one page applied."""
MOST_FRUITLESS_DEFERRALS = 20
"""Waits for the package, one after the other, without one page applied."""


class RunState(StrEnum):
    """`queued → running → (deferred → running)* → finished`."""

    QUEUED = "queued"
    RUNNING = "running"
    DEFERRED = "deferred"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as stored."""

    run_id: UUID
    organisation_id: UUID
    administration_id: UUID
    trigger: SyncTrigger
    wanted: Wanted
    state: RunState
    outcome: SyncOutcome | None = None
    failure: Failure | None = None
    requested_by: str
    requested_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_requested_by: str | None = None
    progressed_at: datetime | None = None
    percent: int = 0
    fruitless_starts: int = 0
    fruitless_deferrals: int = 0
    not_before: datetime | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None

    @property
    def mode(self) -> SyncMode:
        return self.wanted.mode

    @property
    def resume_at(self) -> datetime | None:
        """When a deferred run goes on."""
        return self.not_before if self.state is RunState.DEFERRED else None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends; `failure` says why it is not whole, when it is not, and `by` who cancelled it."""

    outcome: SyncOutcome
    failure: Failure | None = None
    by: str | None = None


def ending_of(readings: Sequence[Reading]) -> Ending:
    """The end of a run that came through all its listings."""
    failure = next((reading.failure for reading in readings if reading.failure is not None), None)
    failed = [reading for reading in readings if reading.state is ListingState.FAILED]
    if failed and not any(reading.state is ListingState.DONE for reading in readings):
        return Ending(SyncOutcome.FAILED, failure)
    if failed or failure is not None:
        return Ending(SyncOutcome.PARTIAL, failure)
    touched = sum(reading.changed + reading.deleted for reading in readings)
    return Ending(SyncOutcome.CHANGED if touched else SyncOutcome.UNCHANGED)
