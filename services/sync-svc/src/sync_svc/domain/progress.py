"""How far a run is, and how long it still takes."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """One listing's part of a run; `expected` is its size as the provider said now, or said last time."""

    done: bool
    fetched: int
    expected: int | None


def percent(shares: Sequence[Share]) -> int:
    """0 to 99: a run is at 100 only when it is finished.

    Listings weigh what they hold when all sizes are known, else the same; each weighs one more than it
    holds, so that empty ones count.
    """
    if not shares:
        return 0
    known = all(share.done or share.expected is not None for share in shares)
    weights = [max(share.expected or 0, share.fetched) + 1 if known else 1 for share in shares]
    reached = sum(weight * _fraction(share) for share, weight in zip(shares, weights, strict=True))
    return min(99, int(100 * reached / sum(weights)))


def eta_seconds(reached: int, elapsed: float) -> int | None:
    """Seconds left when the rest goes as fast; None while there is nothing to go by."""
    if reached < 1 or elapsed <= 0:
        return None
    return round(elapsed * (100 - reached) / reached)


def _fraction(share: Share) -> float:
    if share.done:
        return 1.0
    return min(1.0, share.fetched / share.expected) if share.expected else 0.0
