"""Removals that a provider tells in a feed, read before the run's listings: what comes back later in the run is back."""

from dataclasses import dataclass, replace
from datetime import datetime

from koppel.providers.failures import CONTINUATION_INVALID, ProviderFailure
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, PageRequest, RemovalPage, Watermark
from sync_svc.application.apply_page import tell
from sync_svc.application.performance import ListingFault, Performance
from sync_svc.application.ports import Transaction
from sync_svc.application.reread import note_touched
from sync_svc.domain.failure import Remedy, feed_went_back, page_repeated, remedy
from sync_svc.domain.listing import ListingProgress, mark_behind
from sync_svc.domain.removal import feeds_of, lapsed, of_feed
from sync_svc.domain.removal_feed import FeedPosition, FeedReading
from sync_svc.domain.watermark import further, went_back


async def read_removals(performance: Performance) -> None:
    """Read each feed of the run's listings to its end, unless that was done before the run had to wait.

    One that cannot be read is no reason to read nothing: its listings end with why, and when that lasts longer than
    the feed remembers they are read whole. Raises `ProviderFailure`, `CancelRequested` and `TurnOver`.
    """
    for name in feeds_of(listing for listing, _ in performance.work.steps):
        if name in performance.prepared:
            continue
        told = of_feed(performance.work.offered, name)
        try:
            await _read(performance, told)
            performance.prepared.add(name)
        except ListingFault as fault:
            performance.feed_failures[name] = fault.failure
        except ProviderFailure as problem:
            if remedy(problem) not in (Remedy.SKIP_FAILED, Remedy.SKIP_UNSUPPORTED):
                raise
            performance.feed_failures[name] = problem.as_contract()


@dataclass(frozen=True, slots=True)
class _Told:
    """A feed with what it tells of, and how far it was read before."""

    listings: list[tuple[Feed, Listing]]
    before: FeedPosition | None

    @property
    def feed(self) -> Feed:
        return self.listings[0][0]

    @property
    def since(self) -> Watermark | None:
        return None if self.before is None else self.before.watermark


async def _read(performance: Performance, listings: list[tuple[Feed, Listing]]) -> None:
    """From where a turn before left it; a place that the provider does not know any more begins it anew."""
    feed, run = listings[0][0].name, performance.work.run
    async with performance.leased.begin() as tx:
        told = _Told(listings, await tx.removal_feeds.position(run.administration_id, feed))
        begun = await tx.removal_feeds.reading(run, feed)
    try:
        await _to_end(performance, told, begun)
    except ProviderFailure as refused:
        if begun is None or refused.kind is not CONTINUATION_INVALID:
            raise
        await _to_end(performance, told, None)


async def _to_end(performance: Performance, told: _Told, begun: FeedReading | None) -> None:
    place, asked = None if begun is None else begun.continuation, set[int]()
    while True:
        asked.add(hash(place))
        page = await performance.fetcher.removed(told.feed, PageRequest(place, told.since))
        if went_back(told.since, page.high):
            await _begin_anew(performance, told.listings)
            raise ListingFault(feed_went_back(told.feed.name))
        mark = None if begun is None else begun.mark
        async with performance.leased.begin() as tx:
            begun = await _apply_page(tx, performance, told, begun, page)
        performance.turn.move()
        performance.stop_if_asked()
        if begun is None:
            return
        place = begun.continuation
        if place == mark or hash(place) in asked:
            raise ListingFault(page_repeated(told.feed.name))
        await performance.give_way()


async def _apply_page(
    tx: Transaction, performance: Performance, told: _Told, begun: FeedReading | None, page: RemovalPage
) -> FeedReading | None:
    """Where the reading is behind the page; None at its end."""
    run = performance.work.run
    high = further(told.since if begun is None else begun.high, page.high)
    read_at = (page.server_time or tx.now) if begun is None else begun.read_at
    if begun is None:
        await _forget_what_lapsed(tx, performance, told.listings, told.before, read_at)
    await _apply(tx, performance, told.listings, page)
    if page.next is None:
        await tx.removal_feeds.move(run, told.feed.name, FeedPosition(high, read_at))
        return None
    pages, mark = (1, None) if begun is None else (begun.pages + 1, begun.mark)
    reading = FeedReading(page.next, pages, mark_behind(pages, mark, page.next), high, read_at)
    await tx.removal_feeds.keep(run, told.feed.name, reading)
    return reading


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
