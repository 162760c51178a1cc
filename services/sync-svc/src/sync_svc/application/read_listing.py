"""One listing of a run, from its beginning (or where a former worker left it) to its end."""

from koppel.contracts.values import Failure, SyncMode
from koppel.providers.failures import ProviderFailure
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, Versions
from sync_svc.application.end_listing import end_listing, end_listing_early
from sync_svc.application.finish_records import finish_records
from sync_svc.application.performance import ListingFault, Performance
from sync_svc.application.read_pages import read_pages
from sync_svc.application.read_touched import ONLY_TOUCHED, read_touched
from sync_svc.application.read_versions import read_versions
from sync_svc.domain.failure import Remedy, remedy
from sync_svc.domain.listing import ListingState
from sync_svc.domain.watermark import usable


async def read_listing(performance: Performance, listing: Listing) -> None:
    """Read what is left of it and close it. Raises what ends, defers, cancels or interrupts the run."""
    if performance.of(listing).state.ended:
        return
    await performance.give_way()
    try:
        await _read(performance, listing)
        if listing.parts is not None:
            await finish_records(performance, listing)
        await _end(performance, listing)
    except ListingFault as fault:
        await _end_early(performance, listing, ListingState.FAILED, fault.failure)
    except ProviderFailure as problem:
        match remedy(problem):
            case Remedy.SKIP_UNSUPPORTED:
                await _end_early(performance, listing, ListingState.UNSUPPORTED, None)
            case Remedy.SKIP_FAILED:
                await _end_early(performance, listing, ListingState.FAILED, problem.as_contract())
            case _:
                raise
    performance.turn.move()
    performance.stop_if_asked()


async def _read(performance: Performance, listing: Listing) -> None:
    if isinstance(listing.cursor, Versions):
        await read_versions(performance, listing, listing.cursor)
    elif await _only_touched(performance, listing):
        await read_touched(performance, listing)
    else:
        await read_pages(performance, listing)


async def _only_touched(performance: Performance, listing: Listing) -> bool:
    """Whether it was read whole before, so that only what another listing's feed touched is read again."""
    run, progress = performance.work.run, performance.of(listing)
    if listing.reread is None or run.mode is SyncMode.FULL:
        return False
    if progress.state is not ListingState.WAITING:
        return progress.since == ONLY_TOUCHED
    async with performance.leased.begin() as tx:
        held, _ = await tx.run_listings.watermark(run.administration_id, listing.name)
    return usable(held, listing.cursor) is not None


async def _end(performance: Performance, listing: Listing) -> None:
    feed = listing.removal.name if isinstance(listing.removal, Feed) else ""
    async with performance.leased.begin() as tx:
        performance.run_progress = await end_listing(
            tx,
            performance.run_progress,
            listing,
            rereaders=performance.work.rereaders(listing),
            feed_failure=performance.feed_failures.get(feed),
        )


async def _end_early(
    performance: Performance, listing: Listing, state: ListingState, failure: Failure | None
) -> None:
    async with performance.leased.begin() as tx:
        current = performance.of(listing)
        performance.run_progress = await end_listing_early(
            tx, performance.run_progress, current, state, failure
        )
