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
from koppel.ports.access_token import CONNECTION_SVC_AWAY, TokenRefused
from koppel.ports.transaction import LeasedWork
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.reading import Instant
from sync_svc.application.apply_page import CancelRequested, RunProgress, apply_page
from sync_svc.application.end_listing import end_listing, end_listing_early
from sync_svc.application.end_run import end_run
from sync_svc.application.fetch_pages import PageFetcher
from sync_svc.application.ports import Transaction
from sync_svc.application.take_up_run import Work
from sync_svc.domain.failure import TOKEN_UNAVAILABLE, Remedy, remedy
from sync_svc.domain.listing import ListingProgress, ListingState
from sync_svc.domain.run import MOST_DEFERRALS_WITHOUT_PROGRESS, Ending, Run, RunState, ending_of

_WHEN_NOT_TOLD = 30.0
"""Seconds until a deferred run is tried again, when nobody said how long."""
_TOKEN_AGAIN = 5.0


@dataclass(slots=True)
class Performance:
    """One worker's hold on one run."""

    work: Work
    leased: LeasedWork[Transaction]
    fetcher: PageFetcher
    run_progress: RunProgress


async def perform_run(work: Work, leased: LeasedWork[Transaction], fetcher: PageFetcher) -> None:
    """Do the run to its end, or to where it must wait. Raises `Conflict` (`lease_lost`) when it is another's."""
    run_progress = RunProgress(
        work.run,
        {progress.listing: progress for _, progress in work.steps},
        work.run.percent,
    )
    performance = Performance(work, leased, fetcher, run_progress)
    try:
        for listing, _ in work.steps:
            await _read(performance, listing)
    except CancelRequested:
        await _end(performance, Ending(SyncOutcome.CANCELLED))
    except TokenRefused as refusal:
        await _end(performance, Ending(SyncOutcome.FAILED, refusal.failure))
    except ProviderFailure as problem:
        if remedy(problem) is Remedy.WAIT:
            await _defer(performance, problem.retry_after or _WHEN_NOT_TOLD, problem.as_contract())
        else:
            await _end(performance, Ending(SyncOutcome.FAILED, problem.as_contract()))
    except Transient as away:
        if away.code not in CONNECTION_SVC_AWAY:
            raise
        await _defer(performance, away.retry_after or _TOKEN_AGAIN, TOKEN_UNAVAILABLE)
    else:
        await _end(performance, ending_of(performance.run_progress.in_order))


async def _read(performance: Performance, listing: Listing) -> None:
    progress = performance.run_progress.listings[listing.name]
    if progress.state.ended:
        return
    try:
        await _read_pages(performance, listing, progress)
    except ProviderFailure as problem:
        match remedy(problem):
            case Remedy.SKIP_UNSUPPORTED:
                await _end_early(performance, listing, ListingState.UNSUPPORTED, None)
            case Remedy.SKIP_FAILED:
                await _end_early(performance, listing, ListingState.FAILED, problem.as_contract())
            case _:
                raise


async def _read_pages(performance: Performance, listing: Listing, progress: ListingProgress) -> None:
    if progress.state is ListingState.WAITING:
        async with performance.leased.begin() as tx:
            progress = await _begin(tx, performance, listing, progress)
    if not progress.at_end:
        await _pages_to_end(performance, listing, progress)
    async with performance.leased.begin() as tx:
        current = performance.run_progress.listings[listing.name]
        performance.run_progress = await end_listing(tx, performance.run_progress, listing, current)
    _stop_if_asked(performance)


async def _begin(
    tx: Transaction, performance: Performance, listing: Listing, progress: ListingProgress
) -> ListingProgress:
    run = performance.work.run
    watermark, total = await tx.run_listings.watermark(run.administration_id, listing.name)
    by_change = run.mode is SyncMode.INCREMENTAL and isinstance(listing.cursor, Instant)
    since = watermark if by_change else None
    begun = replace(
        progress,
        state=ListingState.RUNNING,
        changed_since=since,
        keeps_ids=since is None and await tx.records.exist(run, progress),
        expected=total if since is None else None,
    )
    await tx.run_listings.save(run, begun)
    performance.run_progress = performance.run_progress.moved(begun)
    return begun


async def _pages_to_end(performance: Performance, listing: Listing, progress: ListingProgress) -> None:
    since, number = progress.changed_since, progress.next_page
    page = await performance.fetcher.fetch(listing, number, since)
    while True:
        upcoming: asyncio.Task[Page] | None = None
        if page.next is not None:
            number += 1
            upcoming = asyncio.create_task(performance.fetcher.fetch(listing, number, since))
        try:
            async with performance.leased.begin() as tx:
                current = performance.run_progress.listings[listing.name]
                performance.run_progress = await apply_page(tx, performance.run_progress, current, page)
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
    if performance.run_progress.run.cancel_requested_by is not None:
        raise CancelRequested


async def _end_early(
    performance: Performance, listing: Listing, state: ListingState, failure: Failure | None
) -> None:
    async with performance.leased.begin() as tx:
        progress = performance.run_progress.listings[listing.name]
        performance.run_progress = await end_listing_early(
            tx, performance.run_progress, progress, state, failure
        )


async def _end(performance: Performance, ending: Ending) -> None:
    async with performance.leased.begin() as tx:
        await end_run(tx, performance.run_progress.run, performance.run_progress.in_order, ending)


async def _defer(performance: Performance, seconds: float, failure: Failure) -> None:
    async with performance.leased.begin() as tx:
        run: Run | None = await tx.runs.lock(performance.work.run.run_id)
        if run is None or run.deferrals_without_progress >= MOST_DEFERRALS_WITHOUT_PROGRESS:
            ending = Ending(SyncOutcome.FAILED, failure)
            await end_run(tx, performance.run_progress.run, performance.run_progress.in_order, ending)
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
