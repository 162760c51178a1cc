"""What one listing's changes touch in another that has no feed of its own: noted, and read again by id."""

from collections.abc import Iterable, Sequence

import orjson

from koppel.providers.listing import Listing, Reread
from sync_svc.application.ports import Transaction
from sync_svc.domain.record_parts import TouchedPart
from sync_svc.domain.run import Run


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
