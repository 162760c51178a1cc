"""A run, from its first page to its end: listing by listing, the next page under way while one is applied.

Each transaction proves the lease first. A worker that was taken for dead finds out there, writes nothing more
and leaves; its successor goes on at the page after the last one applied.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from koppel.contracts.sync import SyncDeferred
from koppel.contracts.values import Failure, SyncMode, SyncOutcome
from koppel.kernel.errors import Transient
from koppel.ports.transaction import LeasedWork
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Listing, Page
from sync_svc.application.apply_page import CancelRequested, Progress, apply_page
from sync_svc.application.end_listing import end_listing, end_listing_early
from sync_svc.application.end_run import end_run
from sync_svc.application.fetch_pages import PageFetcher
from sync_svc.application.outside import LendingRefused
from sync_svc.application.ports import Transaction
from sync_svc.application.take_up_run import Work
from sync_svc.domain.failure import LENDER_AWAY, Remedy, remedy
from sync_svc.domain.listing import ListingState, Reading, changed_since
from sync_svc.domain.run import MOST_FRUITLESS_DEFERRALS, Ending, Run, RunState, ending_of

_WHEN_NOT_TOLD = 30.0
"""Seconds until a deferred run is tried again, when nobody said how long."""
_LENDER_AGAIN = 5.0


@dataclass(slots=True)
class Performance:
    """One worker's hold on one run."""

    work: Work
    leased: LeasedWork[Transaction]
    fetcher: PageFetcher
    progress: Progress


async def perform_run(work: Work, leased: LeasedWork[Transaction], fetcher: PageFetcher) -> None:
    """Do the run to its end, or to where it must wait. Raises `Conflict` (`lease_lost`) when it is another's."""
    progress = Progress(work.run, {reading.listing: reading for _, reading in work.steps}, work.run.percent)
    performance = Performance(work, leased, fetcher, progress)
    try:
        for listing, _ in work.steps:
            await _read(performance, listing)
    except CancelRequested:
        await _end(performance, Ending(SyncOutcome.CANCELLED))
    except LendingRefused as refusal:
        await _end(performance, Ending(SyncOutcome.FAILED, refusal.failure))
    except ProviderFailure as problem:
        if remedy(problem) is Remedy.WAIT:
            await _defer(performance, problem.retry_after or _WHEN_NOT_TOLD, problem.as_contract())
        else:
            await _end(performance, Ending(SyncOutcome.FAILED, problem.as_contract()))
    except Transient as away:
        if away.code != LENDER_AWAY.code:
            raise
        await _defer(performance, away.retry_after or _LENDER_AGAIN, LENDER_AWAY)
    else:
        await _end(performance, ending_of(performance.progress.in_order))


async def _read(performance: Performance, listing: Listing) -> None:
    reading = performance.progress.readings[listing.name]
    if reading.state.ended:
        return
    try:
        await _read_pages(performance, listing, reading)
    except ProviderFailure as problem:
        match remedy(problem):
            case Remedy.SKIP_UNSUPPORTED:
                await _end_early(performance, listing, ListingState.UNSUPPORTED, None)
            case Remedy.SKIP_FAILED:
                await _end_early(performance, listing, ListingState.FAILED, problem.as_contract())
            case _:
                raise


async def _read_pages(performance: Performance, listing: Listing, reading: Reading) -> None:
    if reading.state is ListingState.WAITING:
        async with performance.leased.begin() as tx:
            reading = await _begin(tx, performance, listing, reading)
    if not reading.at_end:
        await _pages_to_end(performance, listing, reading)
    async with performance.leased.begin() as tx:
        current = performance.progress.readings[listing.name]
        performance.progress = await end_listing(tx, performance.progress, listing, current)
    _stop_if_asked(performance)


async def _begin(tx: Transaction, performance: Performance, listing: Listing, reading: Reading) -> Reading:
    run = performance.work.run
    watermark, total = await tx.readings.watermark(run.administration_id, listing.name)
    by_change = run.mode is SyncMode.INCREMENTAL and listing.incremental is not None
    since = changed_since(watermark) if by_change else None
    begun = replace(
        reading,
        state=ListingState.RUNNING,
        changed_since=since,
        keeps_ids=since is None and await tx.records.exist(run, reading),
        expected=total if since is None else None,
    )
    await tx.readings.save(run, begun)
    performance.progress = performance.progress.moved(begun)
    return begun


async def _pages_to_end(performance: Performance, listing: Listing, reading: Reading) -> None:
    since = reading.changed_since
    page = await performance.fetcher.fetch(listing, reading.next_page, since)
    while True:
        upcoming: asyncio.Task[Page] | None = None
        if not page.is_last:
            upcoming = asyncio.create_task(performance.fetcher.fetch(listing, page.number + 1, since))
        try:
            async with performance.leased.begin() as tx:
                current = performance.progress.readings[listing.name]
                performance.progress = await apply_page(tx, performance.progress, current, page)
            _stop_if_asked(performance)
            if upcoming is None:
                return
            page = await upcoming
        finally:
            await _let_go(upcoming)


async def _let_go(upcoming: "asyncio.Task[Page] | None") -> None:
    """A page that nobody will apply is not fetched to its end, and its error is nobody's."""
    if upcoming is None:
        return
    if not upcoming.done():
        upcoming.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await upcoming


def _stop_if_asked(performance: Performance) -> None:
    if performance.progress.run.cancel_requested_by is not None:
        raise CancelRequested


async def _end_early(
    performance: Performance, listing: Listing, state: ListingState, failure: Failure | None
) -> None:
    async with performance.leased.begin() as tx:
        reading = performance.progress.readings[listing.name]
        performance.progress = await end_listing_early(tx, performance.progress, reading, state, failure)


async def _end(performance: Performance, ending: Ending) -> None:
    async with performance.leased.begin() as tx:
        await end_run(tx, performance.progress.run, performance.progress.in_order, ending)


async def _defer(performance: Performance, seconds: float, failure: Failure) -> None:
    async with performance.leased.begin() as tx:
        run: Run | None = await tx.runs.lock(performance.work.run.run_id)
        if run is None or run.fruitless_deferrals >= MOST_FRUITLESS_DEFERRALS:
            ending = Ending(SyncOutcome.FAILED, failure)
            await end_run(tx, performance.progress.run, performance.progress.in_order, ending)
            return
        run.moved(RunState.DEFERRED)
        until = tx.now + timedelta(seconds=seconds)
        await tx.runs.defer(run, until, failure)
        await tx.events.append(
            SyncDeferred(
                organisation_id=run.organisation_id,
                administration_id=run.administration_id,
                run_id=run.run_id,
                failure=failure,
                until=until,
                deferred_at=tx.now,
            )
        )
