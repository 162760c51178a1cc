"""How far a run is, and how long it still takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

_USUAL_SPREAD = 0.6
_USUAL_WEIGHT = 3
"""Spread of the logarithms of runs' lengths where little is known, and how many runs that knowledge is worth."""
_OWN_PACE = 0.6
_UNEVENNESS = 0.3
_MOST_UNEVEN = 1.2
"""How far a run's pace so far misleads, and how far its percentage may be from the part of its time."""
_SHORTEST = 0.1
_T = (3.08, 1.89, 1.64, 1.53, 1.48, 1.44, 1.41, 1.40, 1.38, 1.37)
_T_OF_MORE = 1.35
"""Student's t by degrees of freedom, between which four of five lie."""


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


@dataclass(frozen=True, slots=True)
class Remaining:
    """Seconds until a run ends: at least four of five end between `low` and `high`."""

    low: float
    likely: float
    high: float


def remaining(history: Sequence[float], reached: int, elapsed: float) -> Remaining | None:
    """From the seconds that runs before took, this one's percentage and its seconds so far; None without history.

    Lengths of runs are taken as lognormal; the run's own pace counts for more the further it is.
    """
    if not history:
        return None
    lengths = [log(max(each, _SHORTEST)) for each in history]
    mean = sum(lengths) / len(lengths)
    freedom = _USUAL_WEIGHT + len(lengths) - 1
    around = _USUAL_WEIGHT * _USUAL_SPREAD**2 + sum((each - mean) ** 2 for each in lengths)
    variance = around / freedom * (1 + 1 / len(lengths))
    done = min(max(reached, 0), 99) / 100
    if done and elapsed > 0:
        own = variance / (variance + _OWN_PACE**2 * (1 - done) / done)
        mean += own * (log(elapsed / done) - mean)
        variance *= 1 - own
    uneven = min(_UNEVENNESS * done / (1 - done), _MOST_UNEVEN)
    factor = exp((_T[freedom - 1] if freedom <= len(_T) else _T_OF_MORE) * sqrt(variance + uneven**2))
    likely = (1 - done) * max(exp(mean), elapsed)
    return Remaining(likely / factor, likely, likely * factor)


def _fraction(share: Share) -> float:
    if share.done:
        return 1.0
    return min(1.0, share.fetched / share.expected) if share.expected else 0.0
