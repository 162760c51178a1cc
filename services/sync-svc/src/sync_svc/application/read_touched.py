"""A listing without a feed, read again by id where another one's feed touched it."""

from dataclasses import replace

from koppel.providers.listing import Listing
from koppel.providers.reading import Watermark, WatermarkKind
from sync_svc.application.apply_page import apply_page
from sync_svc.application.performance import Performance
from sync_svc.domain.listing import ListingState

ONLY_TOUCHED = Watermark(WatermarkKind.WHOLE, "")
"""The filter of such a reading: what the listing was read whole before, changed since."""


async def read_touched(performance: Performance, listing: Listing) -> None:
    """Read what was noted, a page's worth a call; an item that is not in the answer is gone.

    Raises `ProviderFailure`, `CancelRequested` and `TurnOver`.
    """
    await _begin(performance, listing)
    while True:
        async with performance.leased.begin() as tx:
            ids = await tx.items_to_reread.some(performance.work.run, listing.name, listing.page_size)
        if not ids:
            return
        page = replace(await performance.fetcher.by_ids(listing, ids), total=None)
        # An item that came broken has no id to tell it by, so it is not known which of these are gone.
        gone = set() if page.broken else set(ids) - {record.external_id for record in page.records}
        async with performance.leased.begin() as tx:
            run, progress = performance.work.run, performance.of(listing)
            deleted = await tx.records.mark_missing(run, progress, sorted(gone), 1) if gone else 0
            told = performance.run_progress.moved(replace(progress, deleted=progress.deleted + deleted))
            performance.run_progress = await apply_page(tx, told, listing, page, at_end=False)
            await tx.items_to_reread.done(run, listing.name, ids)
        performance.turn.move()
        performance.stop_if_asked()
        await performance.give_way()


async def _begin(performance: Performance, listing: Listing) -> None:
    async with performance.leased.begin() as tx:
        run, progress = performance.work.run, performance.of(listing)
        count = await tx.items_to_reread.count(run, listing.name)
        begun = replace(
            progress, state=ListingState.RUNNING, since=ONLY_TOUCHED, expected=progress.fetched + count
        )
        await tx.run_listings.save(run, begun)
        performance.run_progress = performance.run_progress.moved(begun)
