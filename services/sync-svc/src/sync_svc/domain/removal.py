"""When a record that a listing no longer shows counts as deleted.

Only a complete listing may say that something is gone. A record must be missing from two of them in a row, and
when suspiciously many vanish at once none is touched: that is a fault at the package more often than a clean-up.
"""

MISSES_THAT_DELETE = 2
GUARD_FLOOR = 20
GUARD_SHARE = 0.25


def is_complete(*, filtered: bool, distinct_ids: int, total: int | None) -> bool:
    """Whether a reading that came to its end proves that what it did not show does not exist."""
    return not filtered and total is not None and distinct_ids == total


def guard_holds(*, vanished: int, live: int) -> bool:
    """Whether so many of a listing's live records vanished that none may be marked."""
    return vanished > max(GUARD_FLOOR, live * GUARD_SHARE)
