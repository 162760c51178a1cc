"""Records that are deleted outside a run, some at a time: what a person released, and all of an administration that left.

Each batch is a transaction of its own, so a process that is killed leaves the rest to the next one.
"""

from collections.abc import Sequence
from itertools import groupby

from koppel.providers.listing import Listing
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.ports import Transaction
from sync_svc.application.reread import note_touched
from sync_svc.domain.administration import Administration
from sync_svc.domain.listing import ListingProgress

BATCH = 1000
"""Records a transaction."""


async def delete_released(tx: Transaction, gateway: ProviderGateway) -> bool:
    """The next batch that was released and is still absent; False when nothing was left to do."""
    found = await tx.held_deletions.released(BATCH)
    if found is None:
        return False
    held, ids = found
    run = await tx.runs.newest(held.administration_id)
    if ids and run is not None:
        (administration,) = await tx.administrations.get([held.administration_id])
        place = ListingProgress(resource=held.resource, listing=held.listing)
        offered = _offered(gateway, administration)
        if any(each.name == held.listing and each.parts is not None for each in offered):
            touched = await tx.record_parts.mark_missing(run, place, ids, 1)
            rereaders = [each for each in offered if each.reread and each.reread.listing == held.listing]
            await note_touched(tx, run, rereaders, touched)
            # Records that lost a part are put together by the next run.
            await tx.policies.due_at(held.administration_id, tx.now)
        else:
            await tx.records.mark_missing(run, place, ids, 1)
    await tx.held_deletions.deleted(held, ids, None if len(ids) == BATCH else tx.now)
    return True


async def delete_departed(tx: Transaction) -> bool:
    """The next batch of an administration that left; False when nothing was left to do."""
    found = await tx.departures.next(BATCH)
    if found is None:
        return False
    administration_id, records = found
    run = await tx.runs.newest(administration_id)
    if run is not None:
        ordered = sorted(records, key=lambda each: (each.resource, each.listing))
        for (resource, listing), of_listing in groupby(ordered, lambda each: (each.resource, each.listing)):
            place = ListingProgress(resource=resource, listing=listing)
            await tx.records.mark_missing(run, place, [each.external_id for each in of_listing], 1)
    if run is None or len(records) < BATCH:
        await tx.departures.done(administration_id)
    else:
        await tx.departures.move(administration_id, records[-1])
    return True


def _offered(gateway: ProviderGateway, administration: Administration) -> Sequence[Listing]:
    listings = gateway.listings(administration.provider) or {}
    return [each for listed in listings.values() for each in listed]
