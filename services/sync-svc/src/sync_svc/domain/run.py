"""A sync run: its states, and how it ends. Success is never a default: an outcome is always worked out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import Failure, SyncMode, SyncOutcome, SyncTrigger
from koppel.kernel.transitions import Transitions
from sync_svc.domain.listing import ListingProgress, ListingState
from sync_svc.domain.request import Priority, Wanted

LEASE_KIND = "sync_run"
"""What a worker's lease on a run is called."""
MOST_STARTS_WITHOUT_PROGRESS = 5
"""Workers that may die (or be stopped) over a run, one after the other, without one page applied."""
MOST_DEFERRALS_WITHOUT_PROGRESS = 20
"""Waits for the provider, one after the other, without one page applied."""


class RunState(StrEnum):
    """Where a run stands; see `RUN_STATES`."""

    QUEUED = "queued"
    RUNNING = "running"
    DEFERRED = "deferred"
    FINISHED = "finished"


class WaitingFor(StrEnum):
    """What a run waits for that is in no worker's hands; none of it is a failure."""

    BUDGET = "budget"
    TURN = "turn"
    PAUSE = "pause"


RUN_STATES = Transitions(
    "sync_run",
    {
        RunState.QUEUED: {RunState.RUNNING, RunState.FINISHED},
        RunState.RUNNING: {RunState.DEFERRED, RunState.FINISHED},
        RunState.DEFERRED: {RunState.RUNNING, RunState.FINISHED},
        RunState.FINISHED: set(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as stored."""

    run_id: UUID
    organisation_id: UUID
    administration_id: UUID
    trigger: SyncTrigger
    wanted: Wanted
    priority: Priority = Priority.INCREMENTAL
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
    starts_without_progress: int = 0
    deferrals_without_progress: int = 0
    not_before: datetime | None = None
    calls: int = 0
    waits_for: WaitingFor | None = None
    """What was noted when a worker left it; see `waiting_for`."""
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None

    def moved(self, to: RunState) -> "Run":
        """In its next state. Raises `IllegalTransition` (`run_finished`: no other state refuses what we ask)."""
        RUN_STATES.require(
            self.state, to, self.run_id, code="run_finished", detail=f"The run is {self.state} already."
        )
        return replace(self, state=to)

    def may_take_along(self, wanted: Wanted) -> bool:
        """Whether a request joins it: one that waits is widened, one in work must do as much already."""
        if self.state is RunState.QUEUED:
            return True
        return self.cancel_requested_by is None and self.wanted.covers(wanted)

    @property
    def mode(self) -> SyncMode:
        return self.wanted.mode

    @property
    def between_turns(self) -> bool:
        """Whether a worker left it for others and none has it again."""
        return self.state is RunState.RUNNING and self.waits_for is WaitingFor.TURN

    @property
    def waiting_for(self) -> WaitingFor | None:
        """What it waits for; None of one in work, or one that waits for another service."""
        match self.state:
            case RunState.QUEUED:
                return self.waits_for or WaitingFor.TURN
            case RunState.RUNNING:
                return self.waits_for
            case RunState.DEFERRED:
                return self.waits_for
            case RunState.FINISHED:
                return None

    @property
    def resume_at(self) -> datetime | None:
        """When it goes on at the earliest; None where nobody can say: others are next, or somebody has to log in."""
        waits = self.waiting_for in (WaitingFor.BUDGET, WaitingFor.PAUSE) or self.state is RunState.DEFERRED
        return self.not_before if waits else None

    def held_by(self, pause_ends_at: datetime | None) -> "Run":
        """As one that waits for a pause, until then at the earliest; None: nobody can say."""
        return replace(self, waits_for=WaitingFor.PAUSE, not_before=pause_ends_at)


def came_no_further(outcome: SyncOutcome | None, failure: Failure | None) -> str | None:
    """Why resources were not come to, as a code; None where the run came through all of them, or works on."""
    match outcome:
        case SyncOutcome.FAILED | SyncOutcome.ABANDONED:
            return None if failure is None else failure.code
        case SyncOutcome.CANCELLED:
            return "cancelled"
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends; `failure` says why it is not whole, when it is not, and `by` who cancelled it."""

    outcome: SyncOutcome
    failure: Failure | None = None
    by: str | None = None


def ending_of(listings: Sequence[ListingProgress]) -> Ending:
    """The end of a run that came through all its listings."""
    failure = next(
        (progress.failure for progress in listings if progress.failure is not None),
        None,
    )
    failed = [progress for progress in listings if progress.state is ListingState.FAILED]
    if failed and not any(progress.state is ListingState.DONE for progress in listings):
        return Ending(SyncOutcome.FAILED, failure)
    if failed or failure is not None:
        return Ending(SyncOutcome.PARTIAL, failure)
    touched = sum(progress.changed + progress.deleted for progress in listings)
    return Ending(SyncOutcome.CHANGED if touched else SyncOutcome.UNCHANGED)


class Runs(Protocol):
    """Runs and the requests they answer."""

    async def lock_open(self, administration_id: UUID) -> list[Run]:
        """The queued run and the one in work, if any, locked until the transaction ends."""
        ...

    async def lock(self, run_id: UUID) -> Run | None: ...

    async def enqueue(self, run: Run) -> bool:
        """False when another queued run of the administration came first."""
        ...

    async def widen(self, run_id: UUID, wanted: Wanted, priority: Priority) -> None:
        """Let a queued run do more, and not later."""
        ...

    async def raise_priority(self, administration_id: UUID, priority: Priority) -> None:
        """Let the run in work go on no later than this: somebody waits for it. A turn in hand is ended first."""
        ...

    async def add_request(
        self, run: Run, sync_request_id: UUID, trigger: SyncTrigger, requested_by: str, requested_at: datetime
    ) -> None: ...

    async def restore_request(self, request: SyncRequested) -> None:
        """Note a request that was accepted before as it was made, with the run that answers it, where that is known."""
        ...

    async def has_request(self, sync_request_id: UUID) -> bool: ...

    async def request_ids(self, run_id: UUID) -> tuple[UUID, ...]: ...

    async def start(self, run: Run) -> frozenset[str]:
        """Store `state`, `started_at` and `starts_without_progress`; returns what was prepared before its last wait."""
        ...

    async def progress(self, run_id: UUID, percent: int, at: datetime | None) -> str | None:
        """A page was applied: the counts without progress begin anew. `at` is set when an event says so.

        Returns who asked to cancel the run, if anyone did.
        """
        ...

    async def defer(
        self,
        run: Run,
        seconds: float,
        failure: Failure,
        waits_for: WaitingFor | None,
        *,
        prepared: Collection[str] = (),
    ) -> tuple[datetime, bool]:
        """It goes on in so many seconds; returns when that is, and whether this wait was told of already. What it waits
        for, unless that is another service, is no lack of progress. `prepared` as `leave` has it, for a wait for calls."""
        ...

    async def put_off(self, run_id: UUID, seconds: float, failure: Failure, *, all_of_provider: bool) -> None:
        """One that waits does so for so many seconds, for the budget; `all_of_provider`: and all others of its provider."""
        ...

    async def tell_cause(self, run_id: UUID, cause: Failure | None) -> None:
        """Why a call of the run in work is tried again; None: it is not any more."""
        ...

    async def leave(self, run_id: UUID, *, prepared: Collection[str]) -> None:
        """Its turn is over and others wait: it stays in work, without a worker.

        `prepared`: what its next turn need not do again, such as the epoch's check and feeds of removals.
        """
        ...

    async def hold(self, run_id: UUID, failure: Failure) -> bool:
        """A pause holds it: it waits, which counts as no deferral, and goes on when the pause ends.

        Returns whether this wait was told of already.
        """
        ...

    async def request_cancel(self, run_id: UUID, by: str) -> None: ...

    async def finish(self, run_id: UUID, ending: Ending, at: datetime) -> None: ...

    async def covering(self, ids: Sequence[UUID], wanted: Wanted) -> dict[UUID, UUID]:
        """By administration, the run in work or waiting that answers such a request if it comes now: a hint, no promise."""
        ...

    async def newest(self, administration_id: UUID) -> Run | None:
        """The administration's last run, finished or not."""
        ...

    async def forget(self, finished_before: datetime, limit: int) -> int:
        """Delete old finished runs with their requests and listings, except each administration's newest."""
        ...
