"""The fewest calls with which a provider's API lets all be read, or be known to be as it was."""

from koppel.providers.listing import Listing
from koppel.providers.port import Provider
from koppel.providers.reading import Instant, Sequence, Versions
from sync_svc.domain.removal import feeds_of

WITHOUT_AN_END = frozenset({"snelstart"})
"""Providers that tell neither a total nor a next page: a list has ended where one more page brings nothing new."""
SERVED_WHOLE = frozenset({"/ledger_accounts", "/dagboeken", "/btwtarieven", "/kostenplaatsen"})
"""Lists that come in one answer, however long."""


def fewest_of_reading(provider: Provider, listing: Listing, items: int) -> int:
    """Reading it whole; at least one call."""
    if listing.path in SERVED_WHOLE:
        return 1
    if isinstance(listing.cursor, Versions):
        return 1 + -(-items // listing.cursor.batch)
    end = 1 if items and provider.profile.id in WITHOUT_AN_END else 0
    return max(1, -(-items // listing.page_size)) + end


def fewest_of_looking(provider: Provider, listing: Listing, items: int, *, shown: int = 0) -> int:
    """Knowing that nothing changed. `shown`: items that come again, since the filter overlaps."""
    if listing.reread is not None:
        return 0
    if isinstance(listing.cursor, Instant | Sequence):
        return fewest_of_reading(provider, listing, shown)
    return 1 if isinstance(listing.cursor, Versions) else fewest_of_reading(provider, listing, items)


def beside_listings(provider: Provider) -> int:
    """Feeds of removals, and the question whether the numbers of before still hold."""
    every = [each for group in provider.listings.values() for each in group]
    return len(feeds_of(every)) + provider.profile.epochs
