"""Records that are put together from parts, at the end of the reading that touched them: no half record leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from koppel.contracts.values import Failure
from koppel.providers.conversion import Unmappable
from koppel.providers.listed_records import ProviderRecord
from koppel.providers.listing import Listing
from koppel.providers.parts import put_together
from sync_svc.application.apply_page import tell
from sync_svc.application.hold_deletions import hold_suspicious, note_seen
from sync_svc.application.performance import Performance
from sync_svc.application.ports import Transaction
from sync_svc.application.reread import note_touched
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.removal import is_complete, is_counted, misses_that_delete

_AT_ONCE = 200


async def finish_records(performance: Performance, listing: Listing) -> None:
    """Write all that wait, some at a time; one that has no parts left is deleted."""
    if performance.of(listing).keeps_ids:
        await _remove_missing_parts(performance, listing)
    while True:
        async with performance.leased.begin() as tx:
            run, progress = performance.work.run, performance.of(listing)
            waiting = await tx.record_parts.unfinished(run, progress, _AT_ONCE)
            if not waiting:
                return
            finished = await _write(tx, performance, listing, waiting)
            await tx.record_parts.finish(run, progress, list(waiting))
            await tx.run_listings.save(run, finished)
            performance.run_progress = await tell(tx, performance.run_progress.moved(finished))
        performance.stop_if_asked()
        await performance.give_way()


async def _write(
    tx: Transaction, performance: Performance, listing: Listing, waiting: Mapping[str, Sequence[str]]
) -> ListingProgress:
    run, progress = performance.work.run, performance.of(listing)
    records: list[ProviderRecord] = []
    failed = 0
    for raws in waiting.values():
        try:
            records += [put_together(listing, raws)] if raws else []
        except Unmappable:
            failed += 1
    applied = await tx.records.store(run, progress, records)
    gone = [record_id for record_id, raws in waiting.items() if not raws]
    deleted = await tx.records.mark_missing(run, progress, gone, 1) if gone else 0
    return replace(
        progress,
        changed=progress.changed + applied.changed,
        unchanged=progress.unchanged + applied.unchanged,
        deleted=progress.deleted + deleted,
        failed=progress.failed + failed,
    )


async def _remove_missing_parts(performance: Performance, listing: Listing) -> None:
    """What a complete reading lacks; its ids are kept no longer, so that a successor does not find all of it missing."""
    async with performance.leased.begin() as tx:
        run, progress = performance.work.run, performance.of(listing)
        gone = await tx.record_parts.gone(run, progress)
        came = progress.fetched - progress.failed
        failure: Failure | None = None
        await note_seen(tx, performance.run_progress, progress)
        if _is_complete(listing, progress):
            missing, failure = await hold_suspicious(
                tx, performance.run_progress, listing, progress, gone, came=came
            )
            if missing:
                misses = misses_that_delete(listing.removal)
                touched = await tx.record_parts.mark_missing(run, progress, missing, misses)
                await note_touched(tx, run, performance.work.rereaders(listing), touched)
        done = replace(progress, keeps_ids=False, failure=failure)
        await tx.records.forget_ids(run, progress)
        await tx.run_listings.save(run, done)
        performance.run_progress = performance.run_progress.moved(done)


def _is_complete(listing: Listing, progress: ListingProgress) -> bool:
    return is_complete(
        filtered=progress.since is not None,
        distinct_ids=progress.fetched - progress.failed,
        total=progress.total,
        failed=progress.failed,
        counted=is_counted(listing),
    )
