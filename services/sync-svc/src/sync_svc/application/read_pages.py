"""A listing read page by page, the next one under way while one is applied."""

import asyncio
from contextlib import suppress

from koppel.contracts.values import SyncMode
from koppel.providers import failures
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.reading import Flag, Instant, PageRequest, Sequence, Watermark
from sync_svc.application.apply_page import apply_page
from sync_svc.application.performance import ListingFault, Performance
from sync_svc.application.ports import Transaction
from sync_svc.application.turn import TurnOver
from sync_svc.domain.failure import page_repeated
from sync_svc.domain.listing import ListingProgress, ListingState
from sync_svc.domain.watermark import earlier, usable


async def read_pages(performance: Performance, listing: Listing) -> None:
    """Read and apply what is left of the listing. Raises `ProviderFailure`, `ListingFault`, `CancelRequested` and `TurnOver`.

    Where the provider does not know the place to read on from any more, or the watermark, the reading begins anew, once.
    """
    if performance.of(listing).state is ListingState.WAITING:
        await _begin(performance, listing, whole=False)
    if performance.of(listing).at_end:
        return
    try:
        await _to_end(performance, listing)
    except ProviderFailure as refused:
        if refused.kind not in (failures.CONTINUATION_INVALID, failures.WATERMARK_INVALID):
            raise
        await _begin(performance, listing, whole=refused.kind is failures.WATERMARK_INVALID)
        await _to_end(performance, listing)


async def _begin(performance: Performance, listing: Listing, *, whole: bool) -> None:
    """From the first page; what an earlier start counted is left out of the counts again."""
    async with performance.leased.begin() as tx:
        run, waiting = performance.work.run, performance.of(listing)
        held, total = await tx.run_listings.watermark(run.administration_id, listing.name)
        known = _since(listing, held)
        overlap = await tx.run_listings.overlap(run.administration_id, listing.name)
        since = None if whole or run.mode is SyncMode.FULL else earlier(known, overlap)
        begun = ListingProgress(
            resource=waiting.resource,
            listing=waiting.listing,
            state=ListingState.RUNNING,
            since=since,
            known=None if whole else known,
            keeps_ids=since is None and await _has_any(tx, performance, listing),
            expected=total if since is None else None,
            deleted=waiting.deleted,
        )
        if waiting.keeps_ids:
            await tx.records.forget_ids(run, waiting)
        await tx.run_listings.save(run, begun)
        performance.run_progress = performance.run_progress.moved(begun)


async def _has_any(tx: Transaction, performance: Performance, listing: Listing) -> bool:
    """Whether there is anything that could be gone. Where items may say so themselves, the ids seen are counted too."""
    run, progress = performance.work.run, performance.of(listing)
    if listing.parts is not None:
        return await tx.record_parts.exist(run, progress)
    return isinstance(listing.removal, Flag) or await tx.records.exist(run, progress)


def _since(listing: Listing, held: Watermark | None) -> Watermark | None:
    return usable(held, listing.cursor) if isinstance(listing.cursor, Instant | Sequence) else None


async def _to_end(performance: Performance, listing: Listing) -> None:
    begun, rereaders = performance.of(listing), performance.work.rereaders(listing)
    pages = _Pages(begun.continuation)
    page = await performance.fetcher.read(listing, _request(listing, begun, begun.continuation))
    while True:
        upcoming: asyncio.Task[Page] | None = None
        mark = performance.of(listing).mark
        repeats = pages.repeat_with(page) or (page.next is not None and page.next == mark)
        if page.next is not None and not repeats and await performance.turn.goes_on():
            request = _request(listing, begun, page.next)
            upcoming = asyncio.create_task(performance.fetcher.read(listing, request))
        try:
            async with performance.leased.begin() as tx:
                performance.run_progress = await apply_page(
                    tx, performance.run_progress, listing, page, rereaders=rereaders
                )
            performance.turn.move()
            performance.stop_if_asked()
            if repeats:
                raise ListingFault(page_repeated(listing.name))
            if page.next is None:
                return
            if upcoming is None:
                raise TurnOver
            page = await upcoming
        finally:
            await _let_go(upcoming)


def _request(listing: Listing, begun: ListingProgress, continuation: str | None) -> PageRequest:
    return PageRequest(continuation, begun.since, listing.page_size)


class _Pages:
    """What was read in this turn, to notice a listing that never ends at once."""

    def __init__(self, first: str | None) -> None:
        self._asked = {hash(first)}
        self._digests: list[bytes] = []

    def repeat_with(self, page: Page) -> bool:
        """Whether the page leads to one that was asked already, or is its predecessor again and not the last."""
        before, self._digests = self._digests, [record.digest for record in page.records]
        if page.next is None:
            return False
        known = hash(page.next) in self._asked
        self._asked.add(hash(page.next))
        return known or (bool(before) and before == self._digests)


async def _let_go(upcoming: "asyncio.Task[Page] | None") -> None:
    """A page that nobody will apply is not fetched to its end, and its error is nobody's."""
    if upcoming is None:
        return
    if not upcoming.done():
        upcoming.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await upcoming
