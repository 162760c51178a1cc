"""The end of a reading: is it whole, what is gone, and up to where the next one may start."""

from dataclasses import replace

from koppel.contracts.values import Failure
from koppel.providers.listed_records import Listing
from sync_svc.application.apply_page import Progress, tell
from sync_svc.application.ports import Transaction
from sync_svc.domain.deletion import brake_holds, is_complete
from sync_svc.domain.failure import listing_incomplete, records_unreadable, too_many_vanished
from sync_svc.domain.listing import ListingState, Reading, all_came
from sync_svc.domain.run import Run


async def end_listing(tx: Transaction, progress: Progress, listing: Listing, reading: Reading) -> Progress:
    """Close a reading whose last page was applied.

    The watermark moves only when everything came: what a package announced and did not send is asked again.
    """
    run = progress.run
    filtered = reading.changed_since is not None
    distinct = reading.fetched - reading.failed if filtered else await tx.records.distinct_ids(run, reading)
    whole = all_came(reading, distinct_ids=distinct)
    deleted, suspicion = 0, None
    if reading.keeps_ids:
        if is_complete(filtered=filtered, distinct_ids=distinct, total=reading.total):
            deleted, suspicion = await _strike_what_is_gone(tx, run, reading)
        await tx.records.forget_ids(run, reading)
    if whole:
        watermark = reading.server_time if listing.incremental else None
        total = None if filtered else reading.total
        await tx.readings.move_cursor(run, reading, watermark, total, tx.now)
    ended = replace(
        reading,
        state=ListingState.DONE,
        deleted=deleted,
        failure=suspicion or _flaw(reading, whole=whole, distinct=distinct),
    )
    await tx.readings.save(run, ended)
    return await tell(tx, progress.moved(ended))


async def end_listing_early(
    tx: Transaction, progress: Progress, reading: Reading, state: ListingState, failure: Failure | None
) -> Progress:
    """Close a reading that cannot go on, while the run's other readings can."""
    ended = replace(reading, state=state, failure=failure)
    if reading.keeps_ids:
        await tx.records.forget_ids(progress.run, reading)
    await tx.readings.save(progress.run, ended)
    return await tell(tx, progress.moved(ended))


async def _strike_what_is_gone(tx: Transaction, run: Run, reading: Reading) -> tuple[int, Failure | None]:
    gone = await tx.records.gone(run, reading)
    if brake_holds(vanished=gone.vanished, live=gone.live):
        return 0, too_many_vanished(reading.listing, gone.vanished, gone.live)
    return (await tx.records.strike(run, reading) if gone.vanished else 0), None


def _flaw(reading: Reading, *, whole: bool, distinct: int) -> Failure | None:
    if not whole and reading.total is not None:
        return listing_incomplete(reading.listing, distinct + reading.failed, reading.total)
    return records_unreadable(reading.listing, reading.failed) if reading.failed else None
