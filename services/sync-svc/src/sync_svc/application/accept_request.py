"""Taking up a `SyncRequested`: it joins a run that covers it, or waits as (part of) the next one."""

from koppel.contracts.sync import SyncRequested
from koppel.kernel.errors import Transient
from koppel.kernel.ids import new_id
from sync_svc.application.ports import Transaction
from sync_svc.application.projections import own_administration
from sync_svc.domain.request import Priority, Wanted, priority_of
from sync_svc.domain.run import Run, RunState


async def accept_request(tx: Transaction, request: SyncRequested) -> Run | None:
    """The run that answers the request; None when the request was accepted before, and so with a rebuild: a command
    is not carried out again, whether or not its run is still kept.

    Raises `Transient` for an administration that is not known yet, so that the request is tried again, and
    `OrganisationMismatch` for one of another organisation.
    """
    if tx.cause.again:
        await tx.runs.restore_request(request)
        return None
    if await tx.runs.has_request(request.sync_request_id):
        return None
    if await own_administration(tx, request.administration_id) is None:
        raise Transient("administration_unknown", "The administration of the request is not known (yet).")
    run = await _run_for(tx, request)
    await tx.runs.add_request(
        run, request.sync_request_id, request.trigger, request.requested_by, request.requested_at
    )
    return run


async def _run_for(tx: Transaction, request: SyncRequested) -> Run:
    wanted = Wanted(request.mode, None if request.resources is None else frozenset(request.resources))
    priority = priority_of(request.trigger, request.mode)
    while True:
        open_runs = await tx.runs.lock_open(request.administration_id)
        await tx.runs.raise_priority(request.administration_id, priority)
        if (covering := _covering(open_runs, wanted)) is not None:
            return covering
        waiting = next((run for run in open_runs if run.state is RunState.QUEUED), None)
        if waiting is not None:
            await tx.runs.widen(waiting.run_id, waiting.wanted.together(wanted), priority)
            return waiting
        run = _new_run(tx, request, wanted, priority)
        if await tx.runs.enqueue(run):
            return run
        # Another request made the waiting run in between: join that one.


def _covering(open_runs: list[Run], wanted: Wanted) -> Run | None:
    """The run in work, unless it does less or is being stopped."""
    return next(
        (run for run in open_runs if run.state is not RunState.QUEUED and run.may_take_along(wanted)),
        None,
    )


def _new_run(tx: Transaction, request: SyncRequested, wanted: Wanted, priority: Priority) -> Run:
    return Run(
        run_id=new_id(),
        organisation_id=request.organisation_id,
        administration_id=request.administration_id,
        trigger=request.trigger,
        wanted=wanted,
        priority=priority,
        state=RunState.QUEUED,
        requested_by=request.requested_by,
        requested_at=request.requested_at,
        correlation_id=tx.cause.correlation_id,
        causation_id=tx.cause.causation_id,
        traceparent=tx.cause.traceparent,
    )
