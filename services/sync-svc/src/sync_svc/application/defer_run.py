"""A run that was begun waits: for the provider, for another service, or for the end of a pause. One event tells of one wait."""

from collections.abc import Collection
from datetime import datetime

from koppel.contracts.sync import SyncDeferred
from koppel.contracts.values import Failure
from sync_svc.application.ports import Transaction
from sync_svc.domain.pause import Pause
from sync_svc.domain.request import Priority
from sync_svc.domain.run import Run, RunState, WaitingFor


async def defer(
    tx: Transaction,
    run: Run,
    seconds: float,
    failure: Failure,
    waits_for: WaitingFor | None,
    *,
    prepared: Collection[str] = (),
) -> None:
    """It goes on in so many seconds; `prepared` need not be done again then. Raises `IllegalTransition` (`run_finished`)."""
    run.moved(RunState.DEFERRED)
    until, was_told = await tx.runs.defer(run, seconds, failure, waits_for, prepared=prepared)
    if not was_told:
        await tx.events.append(_deferred(run, failure, until, tx.now))


async def hold(tx: Transaction, run: Run, holding: Pause) -> None:
    """It waits until the pause is over. One that was not begun needs nothing: no worker can take it."""
    if run.state is not RunState.RUNNING:
        return
    run.moved(RunState.DEFERRED)
    was_told = await tx.runs.hold(run.run_id, holding.failure)
    if not was_told:
        until = holding.tried_again_at(person_waits=run.priority is Priority.ON_DEMAND)
        await tx.events.append(_deferred(run, holding.failure, until or tx.now, tx.now))


def _deferred(run: Run, failure: Failure, until: datetime, now: datetime) -> SyncDeferred:
    return SyncDeferred(
        organisation_id=run.organisation_id,
        administration_id=run.administration_id,
        run_id=run.run_id,
        failure=failure,
        until=until,
        deferred_at=now,
    )
