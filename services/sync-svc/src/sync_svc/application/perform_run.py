"""A run, from its first page to its end: listing by listing.

Each transaction proves the lease first. A worker that was taken for dead finds out there, writes nothing more
and leaves; its successor goes on at the page after the last one applied. So does whoever takes up a run whose turn was
over.
"""

from dataclasses import replace

from koppel.contracts.failures import PROVIDER_BUSY
from koppel.contracts.values import Failure, SyncOutcome
from koppel.ports.access_token import NoTokenNow, TokenRefused
from koppel.ports.budget import BudgetExhausted
from koppel.ports.transaction import LeasedWork
from koppel.providers.failures import RATE_LIMITED, ProviderFailure
from sync_svc.application.apply_page import CancelRequested, RunProgress
from sync_svc.application.check_epoch import EPOCH, check_epoch
from sync_svc.application.defer_run import defer, hold
from sync_svc.application.end_run import end_run
from sync_svc.application.fetch_pages import PageFetcher
from sync_svc.application.pauses import learn_from
from sync_svc.application.performance import Performance
from sync_svc.application.ports import Transaction
from sync_svc.application.read_listing import read_listing
from sync_svc.application.read_removals import read_removals
from sync_svc.application.take_up_run import Work
from sync_svc.application.turn import Turn, TurnOver
from sync_svc.domain.failure import Remedy, no_token_now, remedy
from sync_svc.domain.run import (
    MOST_DEFERRALS_WITHOUT_PROGRESS,
    Ending,
    Run,
    WaitingFor,
    ending_of,
)

_WHEN_NOT_TOLD = 30.0
"""Seconds until a deferred run is tried again, when nobody said how long."""
_TOKEN_AGAIN = 5.0


async def perform_run(work: Work, leased: LeasedWork[Transaction], fetcher: PageFetcher, turn: Turn) -> None:
    """Do the run to its end, or to where it must wait. Raises `Conflict` (`lease_lost`) when it is another's."""
    run_progress = RunProgress(
        work.run,
        {progress.listing: progress for _, progress in work.steps},
        work.run.percent,
        probes=work.administration if work.probes else None,
        held=work.held,
        lengths=work.lengths,
    )
    performance = Performance(work, leased, fetcher, turn, run_progress, set(work.prepared))
    try:
        await _read(performance)
    except TurnOver:
        await _leave(performance)
    except CancelRequested:
        await _end(performance, Ending(SyncOutcome.CANCELLED))
    except TokenRefused as refusal:
        await _end(performance, Ending(SyncOutcome.FAILED, refusal.failure))
    except ProviderFailure as problem:
        if remedy(problem) is Remedy.WAIT:
            waits_for = WaitingFor.BUDGET if problem.kind is RATE_LIMITED else None
            await _defer(performance, problem.retry_after or _WHEN_NOT_TOLD, problem.as_contract(), waits_for)
        else:
            await _end(performance, Ending(SyncOutcome.FAILED, problem.as_contract()))
    except BudgetExhausted as used_up:
        await _defer(performance, used_up.exhausted.seconds, PROVIDER_BUSY, WaitingFor.BUDGET)
    except NoTokenNow as away:
        await _defer(performance, away.retry_after or _TOKEN_AGAIN, no_token_now(away.told), None)
    else:
        await _end(performance, ending_of(performance.run_progress.in_order))


async def _read(performance: Performance) -> None:
    if EPOCH not in performance.prepared:
        await check_epoch(performance)
        performance.prepared.add(EPOCH)
    await read_removals(performance)
    for listing, _ in performance.work.steps:
        await read_listing(performance, listing)


async def _leave(performance: Performance) -> None:
    """Others are next. What is known of feeds that could not be read is known to this worker alone."""
    work, run = performance.work, performance.run_progress.run
    read = work.read_now(performance.run_progress.in_order)
    async with performance.leased.begin() as tx:
        await learn_from(tx, work.administration, Ending(SyncOutcome.UNCHANGED), (), read)
        await tx.runs.leave(run.run_id, prepared=performance.prepared)
        await tx.turns.settle(run.run_id, performance.turn.calls)


async def _end(performance: Performance, ending: Ending) -> None:
    work, listings = performance.work, performance.run_progress.in_order
    run = replace(performance.run_progress.run, calls=performance.turn.calls)
    async with performance.leased.begin() as tx:
        holding = await learn_from(tx, work.administration, ending, listings, work.read_now(listings))
        if holding is None:
            await end_run(tx, run, listings, ending)
            return
        await hold(tx, run, holding)
        await tx.turns.settle(run.run_id, run.calls)


async def _defer(
    performance: Performance, seconds: float, failure: Failure, waits_for: WaitingFor | None
) -> None:
    ending = Ending(SyncOutcome.FAILED, failure)
    async with performance.leased.begin() as tx:
        holding = await learn_from(tx, performance.work.administration, ending, ())
        if holding is not None:
            await hold(tx, performance.run_progress.run, holding)
            await tx.turns.settle(performance.run_progress.run.run_id, performance.turn.calls)
            return
        run: Run | None = await tx.runs.lock(performance.work.run.run_id)
        waited_enough = run is None or run.deferrals_without_progress >= MOST_DEFERRALS_WITHOUT_PROGRESS
        if run is None or (waited_enough and waits_for is None):
            ended = performance.run_progress
            settled = replace(ended.run, calls=performance.turn.calls)
            await end_run(tx, settled, ended.in_order, ending)
            return
        await defer(tx, run, seconds, failure, waits_for, prepared=performance.prepared)
        await tx.turns.settle(run.run_id, performance.turn.calls)
