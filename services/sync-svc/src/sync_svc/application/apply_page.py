"""One page becomes records, events, a moved cursor and progress: all in one fenced transaction, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from koppel.contracts.sync import SyncProgressed
from koppel.providers.listed_records import Page, ProviderRecord
from koppel.providers.listing import Listing
from koppel.providers.reading import Versions
from sync_svc.application.missed_by_incremental import count_missed
from sync_svc.application.pauses import resume_what_answered
from sync_svc.application.ports import Transaction
from sync_svc.application.reread import every_change, note_touched
from sync_svc.domain.administration import Administration
from sync_svc.domain.listing import ListingProgress, count_resources, mark_behind
from sync_svc.domain.progress import Share, percent, remaining
from sync_svc.domain.record import Applied
from sync_svc.domain.run import Run
from sync_svc.domain.watermark import further

_SAY_EVERY = timedelta(seconds=1)


class CancelRequested(Exception):
    """Somebody asked to stop the run; the page at hand is applied."""


@dataclass(slots=True)
class RunProgress:
    """The run's listings as they move, and when they were last told. `probes`: whose pauses end at the first answer;
    `held`: the listings of which deletions are held; `lengths`: seconds that runs like it took."""

    run: Run
    listings: dict[str, ListingProgress]
    percent: int = 0
    told_at: datetime | None = field(default=None)
    probes: Administration | None = None
    held: frozenset[str] = frozenset()
    lengths: Sequence[float] = ()

    @property
    def in_order(self) -> Sequence[ListingProgress]:
        return tuple(self.listings.values())

    def moved(self, progress: ListingProgress) -> "RunProgress":
        """With this progress in place of its former self; the percentage never falls."""
        listings = self.listings | {progress.listing: progress}
        shares = [
            Share(r.state.ended, r.fetched, r.expected if r.total is None else r.total)
            for r in listings.values()
        ]
        return replace(self, listings=listings, percent=max(self.percent, percent(shares)))


async def apply_page(
    tx: Transaction,
    run_progress: RunProgress,
    listing: Listing,
    page: Page,
    *,
    rereaders: Sequence[Listing] = (),
    at_end: bool | None = None,
    unmoved: frozenset[str] = frozenset(),
) -> RunProgress:
    """The progress after the page. Raises nothing of its own; a cancel wish is left in the run.

    `rereaders` read again what it touches. `at_end`: whether it was the last; None, as the page says. `unmoved`: ids whose
    version says that nothing changed.
    """
    run, progress = run_progress.run, run_progress.listings[listing.name]
    applied = await _store(tx, run_progress, listing, page.records, rereaders)
    if progress.keeps_ids and not isinstance(listing.cursor, Versions):
        await tx.records.keep_ids(
            run, progress, progress.next_page, [record.external_id for record in page.records]
        )
    moved = replace(
        progress,
        next_page=progress.next_page + 1,
        at_end=page.next is None if at_end is None else at_end,
        continuation=page.next,
        mark=mark_behind(progress.next_page, progress.mark, page.next),
        high=further(progress.high, page.high),
        total=progress.total if page.total is None else page.total,
        fetched=progress.fetched + len(page.records) + len(page.broken),
        changed=progress.changed + applied.changed,
        deleted=progress.deleted + applied.deleted,
        unchanged=progress.unchanged + applied.unchanged,
        failed=progress.failed + len(page.broken),
        missed=progress.missed + count_missed(listing, progress, applied.different, unmoved),
    )
    await tx.run_listings.save(run, moved)
    return await tell(tx, run_progress.moved(moved))


async def _store(
    tx: Transaction,
    run_progress: RunProgress,
    listing: Listing,
    records: Sequence[ProviderRecord],
    rereaders: Sequence[Listing],
) -> Applied:
    run, progress = run_progress.run, run_progress.listings[listing.name]
    if listing.name in run_progress.held:
        shown = [record.external_id for record in records if not record.gone]
        await tx.held_deletions.seen(run, progress, shown)
    if listing.parts is not None:
        stored = await tx.record_parts.store(run, progress, records)
        await note_touched(tx, run, rereaders, every_change(listing, progress, records) or stored)
        return Applied(changed=0, unchanged=0, deleted=0)
    gone = [record.external_id for record in records if record.gone]
    if not gone:
        return await tx.records.store(run, progress, records)
    applied = await tx.records.store(run, progress, [record for record in records if not record.gone])
    return replace(applied, deleted=await tx.records.mark_missing(run, progress, gone, 1))


async def tell(tx: Transaction, run_progress: RunProgress) -> RunProgress:
    """Store the progress, and say it in an event at most once a second."""
    run = run_progress.run
    if run_progress.probes is not None:
        await resume_what_answered(tx, run_progress.probes)
    due = run_progress.told_at is None or tx.now - run_progress.told_at >= _SAY_EVERY
    cancelled_by = await tx.runs.progress(run.run_id, run_progress.percent, tx.now if due else None)
    told = replace(
        run_progress,
        run=replace(run, cancel_requested_by=cancelled_by),
        told_at=tx.now if due else run_progress.told_at,
        probes=None,
    )
    if due:
        await tx.events.append(_event(told, tx.now))
    return told


def _event(run_progress: RunProgress, at: datetime) -> SyncProgressed:
    run = run_progress.run
    elapsed = 0.0 if run.started_at is None else (at - run.started_at).total_seconds()
    left = remaining(run_progress.lengths, run_progress.percent, elapsed)
    return SyncProgressed(
        organisation_id=run.organisation_id,
        administration_id=run.administration_id,
        run_id=run.run_id,
        resources=count_resources(run_progress.in_order),
        percent=run_progress.percent,
        eta_seconds=None if left is None else round(left.likely),
        progressed_at=at,
    )
