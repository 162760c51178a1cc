"""When a record counts as deleted: what tells so, how often, and how much at once.

A listing's `Removal` says how its provider tells that something is gone:

- `Sweep`: a record is missing from two complete listings in a row.
- `Feed`: the provider names it. Left alone for longer than the feed remembers, the listing is read whole, and what a whole
  reading lacks is gone.
- `Listed`: a complete list of versions lacks it.
- `Flag`: the item says so itself; one that is not listed any more is found as by `Sweep`.

When suspiciously many vanish from a listing at once none is touched: that is a fault at the provider more often than a
clean-up. They are held until a person decides (`held_deletion.py`). What a provider names one by one is deleted, however many they are.
"""

from collections.abc import Iterable
from datetime import datetime

from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, Listed, Removal, Sequence
from sync_svc.domain.record import Gone

MISSES_THAT_DELETE = 2
GUARD_FLOOR = 20
GUARD_SHARE = 0.25
ALL_FLOOR = 1
HALF_FLOOR = 3
"""More records than this are too many where they are half of a listing: a list that ends in its middle lacks as many."""


def is_complete(*, filtered: bool, distinct_ids: int, total: int | None, failed: int, counted: bool) -> bool:
    """Whether a reading that came to its end proves that what it did not show does not exist.

    One that is never `counted` by its provider needs no total, but every item must have been readable.
    """
    if filtered:
        return False
    return distinct_ids == total if total is not None else failed == 0 and not counted


def is_counted(listing: Listing) -> bool:
    """Whether a whole reading without a total is one that lacks something.

    Above a rising number no shift of pages can make a reading miss an item.
    """
    return listing.counted and not isinstance(listing.cursor, Sequence)


def guard_holds(removal: Removal, gone: Gone) -> bool:
    """Whether so many of a listing's live records vanished that none may be marked.

    All of them is too many, too: another company's page and rights that were withdrawn look like that. Where two misses
    delete, a listing of one record may end; where one does, none.
    """
    vanished = len(gone.vanished)
    if vanished > max(GUARD_FLOOR, gone.live * GUARD_SHARE):
        return True
    if vanished > HALF_FLOOR and is_about_half(gone):
        return True
    floor = 0 if isinstance(removal, Feed | Listed) else ALL_FLOOR
    return vanished == gone.before > floor


def is_about_half(gone: Gone) -> bool:
    """Whether as many vanished as a list lacks that ends in its middle; of few records a person may have thrown away as many."""
    return bool(gone.vanished) and len(gone.vanished) * 2 >= gone.before - 1


def misses_that_delete(removal: Removal) -> int:
    """After how many complete readings without it a record is gone."""
    return 1 if isinstance(removal, Feed | Listed) else MISSES_THAT_DELETE


def lapsed(feed: Feed, read_at: datetime | None, now: datetime) -> bool:
    """Whether the feed forgot some of what happened since it was read, both by the provider's clock."""
    return read_at is None or now - read_at > feed.retention


def of_feed(listings: Iterable[Listing], name: str) -> list[tuple[Feed, Listing]]:
    """The listings whose removals this feed tells."""
    return [
        (each.removal, each)
        for each in listings
        if isinstance(each.removal, Feed) and each.removal.name == name
    ]


def feeds_of(listings: Iterable[Listing]) -> list[str]:
    """The names of the feeds that tell these listings' removals, each once."""
    return list(dict.fromkeys(each.removal.name for each in listings if isinstance(each.removal, Feed)))
