"""Changes that a whole reading finds although increments should have: counted, and asked for with a longer overlap."""

import logging
from collections.abc import Sequence
from datetime import timedelta

import orjson

from koppel.providers.listed_records import ProviderRecord
from koppel.providers.listing import Listing
from koppel.providers.reading import Instant, Versions
from koppel.providers.reading import Sequence as Numbered
from sync_svc.application.ports import Transaction
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.run import Run
from sync_svc.domain.watermark import raised, stamped_before

log = logging.getLogger(__name__)


def count_missed(
    listing: Listing,
    progress: ListingProgress,
    different: Sequence[ProviderRecord],
    unmoved: frozenset[str] = frozenset(),
) -> int:
    """How many of these differ although their change stamp lies before what was read, or their version is that of before
    (`unmoved`); none in an increment."""
    if isinstance(listing.cursor, Versions):
        return sum(each.external_id in unmoved for each in different)
    if progress.since is not None or progress.known is None:
        return 0
    if not isinstance(listing.cursor, Instant | Numbered):
        return 0
    stamp, known = listing.cursor.property, progress.known
    return sum(stamped_before(orjson.loads(each.raw).get(stamp), known) for each in different)


async def learn_overlap(
    tx: Transaction, run: Run, listing: Listing, progress: ListingProgress
) -> timedelta | None:
    """After a whole reading that found such changes, increments ask from earlier: by how much now, None when as before.

    The log says so, and the caller's run."""
    if not progress.missed or not isinstance(listing.cursor, Instant):
        return None
    before = await tx.run_listings.overlap(run.administration_id, listing.name)
    overlap = raised(before)
    if overlap == before:
        return None
    await tx.run_listings.set_overlap(run.administration_id, listing.name, overlap)
    log.warning(
        "increments of %s missed %d changes; they ask from %d s earlier now",
        listing.name,
        progress.missed,
        overlap.total_seconds(),
        extra={"administration_id": str(run.administration_id)},
    )
    return overlap
