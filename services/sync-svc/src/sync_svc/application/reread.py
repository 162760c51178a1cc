"""What one listing's changes touch in another that has no feed of its own: noted, and read again by id."""

from collections.abc import Iterable, Sequence

import orjson

from koppel.providers.listed_records import ProviderRecord
from koppel.providers.listing import Listing, Reread
from koppel.providers.reading import Sequence as Numbered
from sync_svc.application.ports import Transaction
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.record_parts import TouchedPart
from sync_svc.domain.run import Run


def every_change(
    listing: Listing, progress: ListingProgress, parts: Sequence[ProviderRecord]
) -> list[TouchedPart]:
    """All parts of an increment above a rising number: each was touched, also where nothing that is compared differs.

    Empty of other readings, which may bring what they brought before.
    """
    if progress.since is None or not isinstance(listing.cursor, Numbered):
        return []
    return [TouchedPart(part.part_of or "", part.raw) for part in parts]


async def note_touched(
    tx: Transaction, run: Run, rereaders: Sequence[Listing], touched: Iterable[TouchedPart]
) -> None:
    """Remember what each of these listings has to read again."""
    if not rereaders:
        return
    bodies = [(each.record_id, orjson.loads(each.raw)) for each in touched]
    for rereader in rereaders:
        ids = [record_id for record_id, body in bodies if rereader.reread and _holds(rereader.reread, body)]
        if ids:
            await tx.items_to_reread.note(run, rereader.name, ids)


def _holds(reread: Reread, body: dict[str, object]) -> bool:
    return all(body.get(name) in values for name, values in reread.where.items())
