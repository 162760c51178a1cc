"""What the delete guard does with records that vanished: hold them until a person decides, or leave them to be marked."""

from collections.abc import Sequence

from koppel.contracts.values import Failure
from koppel.providers.listing import Listing
from sync_svc.application.apply_page import RunProgress
from sync_svc.application.ports import Transaction
from sync_svc.domain.failure import too_many_vanished
from sync_svc.domain.held_deletion import MOST_EXAMPLES, Evidence
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.record import Gone
from sync_svc.domain.removal import guard_holds, is_about_half


async def hold_suspicious(
    tx: Transaction,
    run_progress: RunProgress,
    listing: Listing,
    progress: ListingProgress,
    gone: Gone,
    *,
    came: int,
) -> tuple[Sequence[str], Failure | None]:
    """Returns those of a complete reading's vanished that may be marked, and why none may.

    About half of a few is held only where other listings lack something, too: a provider that cuts one list cuts others.
    What is held already stays so, however few it is by now: it is renewed, and dropped when all of it was seen again.
    """
    run = run_progress.run
    if guard_holds(listing.removal, gone) or (
        is_about_half(gone) and await tx.run_listings.others_lack(run, progress)
    ):
        await tx.held_deletions.hold(run, progress, gone.vanished, _evidence(progress, gone, came=came))
        return (), too_many_vanished(progress.listing, len(gone.vanished), gone.live)
    if progress.listing not in run_progress.held:
        return gone.vanished, None
    held = await tx.held_deletions.open_ids(run, progress)
    still = [each for each in gone.vanished if each in held]
    if still:
        await tx.held_deletions.hold(run, progress, still, _evidence(progress, gone, came=came))
    else:
        await tx.held_deletions.drop_open(run, progress)
    return [each for each in gone.vanished if each not in held], None


async def note_seen(tx: Transaction, run_progress: RunProgress, progress: ListingProgress) -> None:
    """At the end of a reading: what it showed is held no longer."""
    if progress.listing in run_progress.held:
        await tx.held_deletions.seen_by_reading(run_progress.run, progress)


def _evidence(progress: ListingProgress, gone: Gone, *, came: int) -> Evidence:
    return Evidence(
        pages=progress.next_page - 1,
        listed=came,
        known=gone.live,
        vanished=len(gone.vanished),
        examples=sorted(gone.vanished)[:MOST_EXAMPLES],
    )
