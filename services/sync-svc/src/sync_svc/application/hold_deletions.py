"""What the delete guard does with records that vanished: hold them, or let the usual way find them."""

from koppel.contracts.values import Failure
from sync_svc.application.apply_page import RunProgress
from sync_svc.application.ports import Transaction
from sync_svc.domain.failure import too_many_vanished
from sync_svc.domain.held_deletion import MOST_EXAMPLES, Evidence
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.record import Gone


async def hold(
    tx: Transaction, run_progress: RunProgress, progress: ListingProgress, gone: Gone, *, came: int
) -> Failure:
    """None of them is touched until a person decides. Returns how the run says so."""
    evidence = Evidence(
        pages=progress.next_page - 1,
        listed=came,
        known=gone.live,
        vanished=len(gone.vanished),
        examples=sorted(gone.vanished)[:MOST_EXAMPLES],
    )
    await tx.held_deletions.hold(run_progress.run, progress, gone.vanished, evidence)
    return too_many_vanished(progress.listing, len(gone.vanished), gone.live)


async def note_seen(tx: Transaction, run_progress: RunProgress, progress: ListingProgress) -> None:
    """At the end of a reading: what it showed is held no longer."""
    if progress.listing in run_progress.held:
        await tx.held_deletions.seen_by_reading(run_progress.run, progress)


async def drop_open(tx: Transaction, run_progress: RunProgress, progress: ListingProgress) -> None:
    """A complete reading lacks few enough to be believed."""
    if progress.listing in run_progress.held:
        await tx.held_deletions.drop_open(run_progress.run, progress)
