"""The end of a reading: is it whole, what is gone, and up to where the next one may start."""

from collections.abc import Sequence
from dataclasses import replace

from koppel.contracts.values import Failure
from koppel.providers.listing import Listing
from koppel.providers.reading import Instant, Versions, Watermark
from koppel.providers.reading import Sequence as Numbered
from sync_svc.application.apply_page import RunProgress, tell
from sync_svc.application.hold_deletions import hold_suspicious, note_seen
from sync_svc.application.missed_by_incremental import learn_overlap
from sync_svc.application.ports import Transaction
from sync_svc.domain.failure import (
    feed_went_back,
    listing_incomplete,
    records_unreadable,
)
from sync_svc.domain.listing import ListingProgress, ListingState, all_came
from sync_svc.domain.removal import is_complete, is_counted, misses_that_delete
from sync_svc.domain.run import Run
from sync_svc.domain.watermark import further, kind_of, went_back


async def end_listing(
    tx: Transaction,
    run_progress: RunProgress,
    listing: Listing,
    *,
    rereaders: Sequence[Listing] = (),
    feed_failure: Failure | None = None,
) -> RunProgress:
    """Close a reading whose last page was applied; `feed_failure` is why its removals are not known.

    The watermark moves only when everything came: what a provider announced and did not send is asked again.
    A whole reading does not tell what changed since the last one, so its `rereaders` are read whole, too.
    """
    run, progress = run_progress.run, run_progress.listings[listing.name]
    if went_back(progress.since, progress.high):
        return await _end_of_a_feed_that_went_back(tx, run_progress, progress)
    distinct = await _distinct(tx, run, listing, progress)
    whole = isinstance(listing.cursor, Versions) or all_came(progress, distinct_ids=distinct)
    deleted, suspicion = await _find_what_is_gone(tx, run_progress, listing, progress, distinct)
    if whole:
        total = None if progress.since is not None else progress.total
        await tx.run_listings.move_cursor(run, progress, _watermark(listing, progress), total, tx.now)
        if progress.since is None:
            await _whole_reading_with_others(tx, run, listing, rereaders)
    ended = replace(
        progress,
        state=ListingState.DONE,
        overlap=await learn_overlap(tx, run, listing, progress),
        deleted=progress.deleted + deleted,
        failure=progress.failure
        or suspicion
        or _flaw(progress, whole=whole, distinct=distinct)
        or feed_failure,
    )
    await tx.run_listings.save(run, ended)
    return await tell(tx, run_progress.moved(ended))


async def _whole_reading_with_others(
    tx: Transaction, run: Run, listing: Listing, rereaders: Sequence[Listing]
) -> None:
    if listing.reread is not None:
        await tx.items_to_reread.done(run, listing.name)
    if rereaders:
        names = [each.name for each in rereaders]
        await tx.run_listings.forget_watermarks(run.administration_id, names)


async def end_listing_early(
    tx: Transaction,
    run_progress: RunProgress,
    progress: ListingProgress,
    state: ListingState,
    failure: Failure | None,
) -> RunProgress:
    """Close a reading that cannot go on, while the run's other readings can."""
    ended = replace(progress, state=state, failure=failure)
    if progress.keeps_ids:
        await tx.records.forget_ids(run_progress.run, progress)
    await tx.run_listings.save(run_progress.run, ended)
    return await tell(tx, run_progress.moved(ended))


async def _end_of_a_feed_that_went_back(
    tx: Transaction, run_progress: RunProgress, progress: ListingProgress
) -> RunProgress:
    """What it numbered before is worth nothing: the next run reads the listing whole."""
    await tx.run_listings.forget_watermarks(run_progress.run.administration_id, [progress.listing])
    failure = feed_went_back(progress.listing)
    return await end_listing_early(tx, run_progress, progress, ListingState.FAILED, failure)


def _watermark(listing: Listing, progress: ListingProgress) -> Watermark | None:
    """Up to where it was read. Where only a whole reading can be told, that it was is the watermark."""
    if isinstance(listing.cursor, Instant | Numbered):
        return further(further(progress.since, progress.known), progress.high)
    return Watermark(kind_of(listing.cursor), "")


async def _distinct(tx: Transaction, run: Run, listing: Listing, progress: ListingProgress) -> int:
    if progress.since is not None or listing.parts is not None:
        return progress.fetched - progress.failed
    return await tx.records.distinct_ids(run, progress)


async def _find_what_is_gone(
    tx: Transaction, run_progress: RunProgress, listing: Listing, progress: ListingProgress, distinct: int
) -> tuple[int, Failure | None]:
    """Mark what a complete reading did not show; returns how many were deleted, or why none was touched."""
    if not progress.keeps_ids:
        return 0, None
    await note_seen(tx, run_progress, progress)
    complete = isinstance(listing.cursor, Versions) or is_complete(
        filtered=progress.since is not None,
        distinct_ids=distinct,
        total=progress.total,
        failed=progress.failed,
        counted=is_counted(listing),
    )
    deleted, suspicion = 0, None
    if complete:
        deleted, suspicion = await _mark_what_is_gone(tx, run_progress, listing, progress, distinct)
    await tx.records.forget_ids(run_progress.run, progress)
    return deleted, suspicion


async def _mark_what_is_gone(
    tx: Transaction, run_progress: RunProgress, listing: Listing, progress: ListingProgress, came: int
) -> tuple[int, Failure | None]:
    run = run_progress.run
    gone = await tx.records.gone(run, progress)
    missing, suspicion = await hold_suspicious(tx, run_progress, listing, progress, gone, came=came)
    misses = misses_that_delete(listing.removal)
    deleted = await tx.records.mark_missing(run, progress, missing, misses) if missing else 0
    return deleted, suspicion


def _flaw(progress: ListingProgress, *, whole: bool, distinct: int) -> Failure | None:
    if not whole and progress.total is not None:
        return listing_incomplete(progress.listing, distinct + progress.failed, progress.total)
    return records_unreadable(progress.listing, progress.failed) if progress.failed else None
