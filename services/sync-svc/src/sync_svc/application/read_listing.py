"""One listing of a run, from its beginning (or where a former worker left it) to its end."""

from koppel.contracts.values import Failure
from koppel.providers.failures import ProviderFailure
from koppel.providers.listing import Listing
from sync_svc.application.end_listing import end_listing, end_listing_early
from sync_svc.application.performance import ListingFault, Performance
from sync_svc.application.read_pages import read_pages
from sync_svc.domain.failure import Remedy, remedy
from sync_svc.domain.listing import ListingState


async def read_listing(performance: Performance, listing: Listing) -> None:
    """Read what is left of it and close it. Raises what ends, defers or cancels the run."""
    if performance.of(listing).state.ended:
        return
    try:
        await read_pages(performance, listing)
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
    performance.stop_if_asked()


async def _end(performance: Performance, listing: Listing) -> None:
    async with performance.leased.begin() as tx:
        current = performance.of(listing)
        performance.run_progress = await end_listing(tx, performance.run_progress, listing, current)


async def _end_early(
    performance: Performance, listing: Listing, state: ListingState, failure: Failure | None
) -> None:
    async with performance.leased.begin() as tx:
        current = performance.of(listing)
        performance.run_progress = await end_listing_early(
            tx, performance.run_progress, current, state, failure
        )
