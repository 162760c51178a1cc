"""When a record counts as deleted: what tells so, how often, and how much at once.

A listing's `Removal` says how its provider tells that something is gone:

- `Sweep`: a record is missing from two complete listings in a row.
- `Feed`: the provider names it. Left alone for longer than the feed remembers, the listing is read whole, and what a whole
  reading lacks is gone.
- `Listed`: a complete list of versions lacks it.
- `Flag`: the item says so itself; one that is not listed any more is found as by `Sweep`.

When suspiciously many vanish from a listing at once none is touched: that is a fault at the provider more often than a
clean-up. What a provider names one by one is deleted, however many they are.
"""

from collections.abc import Iterable
from datetime import datetime

from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, Listed, Removal, Sequence

MISSES_THAT_DELETE = 2
GUARD_FLOOR = 20
GUARD_SHARE = 0.25


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


def guard_holds(*, vanished: int, live: int) -> bool:
    """Whether so many of a listing's live records vanished that none may be marked."""
    return vanished > max(GUARD_FLOOR, live * GUARD_SHARE)


def is_emptied(removal: Removal, *, came: int) -> bool:
    """Whether what tells removals at the first miss showed nothing at all: rights that were withdrawn look the same.

    None is touched in passing; a full run, which is asked for less often, counts it as half.
    """
    return isinstance(removal, Feed | Listed) and came == 0


def misses_that_delete(removal: Removal, *, came: int) -> int:
    """After how many complete readings without it a record is gone; `came` is how many items this one showed."""
    is_told = isinstance(removal, Feed | Listed) and not is_emptied(removal, came=came)
    return 1 if is_told else MISSES_THAT_DELETE


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
