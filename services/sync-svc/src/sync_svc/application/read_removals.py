"""Removals that a provider tells in a feed, read before the run's listings: what comes back later in the run is back."""

from dataclasses import replace
from datetime import datetime

from koppel.providers.failures import ProviderFailure
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, PageRequest, RemovalPage
from sync_svc.application.apply_page import tell
from sync_svc.application.performance import ListingFault, Performance
from sync_svc.application.ports import Transaction
from sync_svc.application.reread import note_touched
from sync_svc.domain.failure import Remedy, feed_went_back, page_repeated, remedy
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.removal import feeds_of, lapsed, of_feed
from sync_svc.domain.removal_feed import FeedPosition
from sync_svc.domain.watermark import further, went_back


async def read_removals(performance: Performance) -> None:
    """Read each feed of the run's listings to its end.

    One that cannot be read is no reason to read nothing: its listings end with why, and when that lasts longer than
    the feed remembers they are read whole. Raises `ProviderFailure` and `CancelRequested`.
    """
    for name in feeds_of(listing for listing, _ in performance.work.steps):
        told = of_feed(performance.work.offered, name)
        try:
            await _read(performance, told)
        except ListingFault as fault:
            performance.feed_failures[name] = fault.failure
        except ProviderFailure as problem:
            if remedy(problem) not in (Remedy.SKIP_FAILED, Remedy.SKIP_UNSUPPORTED):
                raise
            performance.feed_failures[name] = problem.as_contract()


async def _read(performance: Performance, told: list[tuple[Feed, Listing]]) -> None:
    feed = told[0][0]
    async with performance.leased.begin() as tx:
        before = await tx.removal_feeds.position(performance.work.run.administration_id, feed.name)
    since = None if before is None else before.watermark
    high, asked = since, {hash(None)}
    read_at: datetime | None = None
    page = await performance.fetcher.removed(feed, PageRequest(None, since))
    while True:
        if went_back(since, page.high):
            await _begin_anew(performance, told)
            raise ListingFault(feed_went_back(feed.name))
        high = further(high, page.high)
        async with performance.leased.begin() as tx:
            if read_at is None:
                read_at = page.server_time or tx.now
                await _forget_what_lapsed(tx, performance, told, before, read_at)
            await _apply(tx, performance, told, page)
            if page.next is None:
                await tx.removal_feeds.move(performance.work.run, feed.name, FeedPosition(high, read_at))
        performance.stop_if_asked()
        if page.next is None:
            return
        if hash(page.next) in asked:
            raise ListingFault(page_repeated(feed.name))
        asked.add(hash(page.next))
        page = await performance.fetcher.removed(feed, PageRequest(page.next, since))


async def _apply(
    tx: Transaction, performance: Performance, told: list[tuple[Feed, Listing]], page: RemovalPage
) -> None:
    run_progress = performance.run_progress
    for feed, listing in told:
        keys = [each.key for each in page.removed if each.entity == feed.entity]
        if not keys:
            continue
        progress = run_progress.listings.get(listing.name)
        deleted = await _remove(tx, performance, listing, keys)
        if progress is not None and deleted:
            progress = replace(progress, deleted=progress.deleted + deleted)
            await tx.run_listings.save(run_progress.run, progress)
            run_progress = run_progress.moved(progress)
    performance.run_progress = await tell(tx, run_progress)


async def _remove(tx: Transaction, performance: Performance, listing: Listing, keys: list[str]) -> int:
    """How many records are deleted; those that lost a part are put together anew with the listing's own reading."""
    run = performance.work.run
    place = ListingProgress(resource=listing.resource, listing=listing.name)
    if listing.parts is None:
        return await tx.records.mark_missing(run, place, keys, 1)
    touched = await tx.record_parts.mark_missing(run, place, keys, 1)
    await note_touched(tx, run, performance.work.rereaders(listing), touched)
    return 0


async def _forget_what_lapsed(
    tx: Transaction,
    performance: Performance,
    told: list[tuple[Feed, Listing]],
    before: FeedPosition | None,
    now: datetime,
) -> None:
    """Listings whose removals the feed may have forgotten are read whole."""
    read_at = None if before is None else before.read_at
    worthless = [listing.name for feed, listing in told if lapsed(feed, read_at, now)]
    if worthless:
        await tx.run_listings.forget_watermarks(performance.work.run.administration_id, worthless)


async def _begin_anew(performance: Performance, told: list[tuple[Feed, Listing]]) -> None:
    """The feed's numbers were made anew: neither it nor what it belongs to has a watermark that means anything."""
    run = performance.work.run
    async with performance.leased.begin() as tx:
        await tx.run_listings.forget_watermarks(run.administration_id, [listing.name for _, listing in told])
        await tx.removal_feeds.move(run, told[0][0].name, FeedPosition(None, tx.now))
