"""One page becomes records, events, a moved cursor and progress: all in one fenced transaction, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from koppel.contracts.sync import SyncProgressed
from koppel.providers.listed_records import Page
from sync_svc.application.ports import Transaction
from sync_svc.domain.listing import Reading, count_resources
from sync_svc.domain.progress import Share, eta_seconds, percent
from sync_svc.domain.run import Run

_SAY_EVERY = timedelta(seconds=1)


class CancelRequested(Exception):
    """Somebody asked to stop the run; the page at hand is applied."""


@dataclass(slots=True)
class Progress:
    """The run's readings as they move, and when they were last told."""

    run: Run
    readings: dict[str, Reading]
    percent: int = 0
    told_at: datetime | None = field(default=None)

    @property
    def in_order(self) -> Sequence[Reading]:
        return tuple(self.readings.values())

    def moved(self, reading: Reading) -> "Progress":
        """With this reading in place of its former self; the percentage never falls."""
        readings = self.readings | {reading.listing: reading}
        shares = [
            Share(r.state.ended, r.fetched, r.expected if r.total is None else r.total)
            for r in readings.values()
        ]
        return replace(self, readings=readings, percent=max(self.percent, percent(shares)))


async def apply_page(tx: Transaction, progress: Progress, reading: Reading, page: Page) -> Progress:
    """The progress after the page. Raises nothing of its own; a cancel wish is left in the run."""
    run = progress.run
    applied = await tx.records.store(run, reading, page.records)
    if reading.keeps_ids:
        await tx.records.keep_ids(run, reading, page.number, [record.external_id for record in page.records])
    moved = replace(
        reading,
        next_page=page.number + 1,
        at_end=page.is_last,
        server_time=page.server_time if page.number == 1 else reading.server_time,
        total=reading.total if page.total is None else page.total,
        fetched=reading.fetched + len(page.records) + len(page.broken),
        changed=reading.changed + applied.changed,
        unchanged=reading.unchanged + applied.unchanged,
        failed=reading.failed + len(page.broken),
    )
    await tx.readings.save(run, moved)
    return await tell(tx, progress.moved(moved))


async def tell(tx: Transaction, progress: Progress) -> Progress:
    """Store the progress, and say it in an event at most once a second."""
    run = progress.run
    due = progress.told_at is None or tx.now - progress.told_at >= _SAY_EVERY
    cancelled_by = await tx.runs.progress(run.run_id, progress.percent, tx.now if due else None)
    told = replace(
        progress,
        run=replace(run, cancel_requested_by=cancelled_by),
        told_at=tx.now if due else progress.told_at,
    )
    if due:
        await tx.events.append(_event(told, tx.now))
    return told


def _event(progress: Progress, at: datetime) -> SyncProgressed:
    run = progress.run
    elapsed = 0.0 if run.started_at is None else (at - run.started_at).total_seconds()
    return SyncProgressed(
        organisation_id=run.organisation_id,
        administration_id=run.administration_id,
        run_id=run.run_id,
        resources=count_resources(progress.in_order),
        percent=progress.percent,
        eta_seconds=eta_seconds(progress.percent, elapsed),
        progressed_at=at,
    )
