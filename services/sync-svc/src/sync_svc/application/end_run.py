"""Ending a run, in the transaction that ends it: outcome, event, nothing left implicit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from koppel.contracts.sync import SyncAbandoned, SyncCancelled, SyncCompleted, SyncEnded, SyncFailed
from koppel.contracts.values import SyncOutcome
from koppel.kernel.errors import NotFound
from sync_svc.application.ports import Requester, Transaction
from sync_svc.domain.listing import ListingProgress, count_resources, raised_to
from sync_svc.domain.run import Ending, Run, RunState, came_no_further


async def end_run(tx: Transaction, run: Run, listings: Sequence[ListingProgress], ending: Ending) -> None:
    """Finish the run with this ending. Raises `IllegalTransition` (`run_finished`)."""
    run.moved(RunState.FINISHED)
    await tx.runs.finish(run.run_id, ending, tx.now)
    await tx.records.forget_ids(run)
    await tx.events.append(_ended(run, listings, ending, tx.now))
    await tx.turns.settle(run.run_id, run.calls)


async def cancel_run(tx: Transaction, run_id: UUID, caller: Requester) -> Run:
    """End a run that waits; ask one in work to end at its next page. Asking twice is harmless.

    Raises `NotFound`, or `IllegalTransition` (`run_finished`).
    """
    run = await tx.runs.lock(run_id)
    if run is None:
        raise NotFound("sync_run", run_id)
    run.moved(RunState.FINISHED)
    await tx.runs.request_cancel(run_id, run.cancel_requested_by or caller.person_id)
    if run.state is not RunState.RUNNING or run.between_turns:
        listings = await tx.run_listings.of_run(run_id)
        await end_run(tx, run, listings, Ending(SyncOutcome.CANCELLED, by=caller.person_id))
    await tx.audit.record(
        organisation_id=run.organisation_id,
        actor=caller.actor,
        action="sync.cancelled",
        target=f"sync_run/{run_id}",
    )
    return run


def _ended(run: Run, listings: Sequence[ListingProgress], ending: Ending, at: datetime) -> SyncEnded:
    resources = count_resources(listings, came_no_further(ending.outcome, ending.failure))
    seconds = 0.0 if run.started_at is None else round((at - run.started_at).total_seconds(), 3)
    organisation_id, administration_id, run_id = run.organisation_id, run.administration_id, run.run_id
    match ending:
        case Ending(outcome=SyncOutcome.CANCELLED):
            return SyncCancelled(
                organisation_id=organisation_id,
                administration_id=administration_id,
                run_id=run_id,
                resources=resources,
                duration_seconds=seconds,
                finished_at=at,
                cancelled_by=ending.by or run.cancel_requested_by or "",
            )
        case Ending(outcome=SyncOutcome.FAILED | SyncOutcome.ABANDONED, failure=failure) if failure:
            kind = SyncAbandoned if ending.outcome is SyncOutcome.ABANDONED else SyncFailed
            return kind(
                organisation_id=organisation_id,
                administration_id=administration_id,
                run_id=run_id,
                resources=resources,
                duration_seconds=seconds,
                finished_at=at,
                failure=failure,
            )
        case _:
            return SyncCompleted(
                organisation_id=organisation_id,
                administration_id=administration_id,
                run_id=run_id,
                resources=resources,
                duration_seconds=seconds,
                finished_at=at,
                outcome=ending.outcome,
                missed_by_incremental=sum(each.missed for each in listings),
                overlap_raised_to_seconds=raised_to(listings),
            )
