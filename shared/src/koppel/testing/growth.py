"""How processor time grows with the length of a text: for tests that hostile text is handled in linear time."""

import time
from collections.abc import Callable

_TIMES = 8
_MOST = 4 * _TIMES
"""In proportion is 8 times, quadratic 64; what lies between is the machine's noise."""
_MEASURABLE = 0.000_5
_ATTEMPTS = 3


def grows_in_proportion(
    act: Callable[[str], object], piece: str, *, shortest: int = 16, longest: int = 1 << 18
) -> bool:
    """Whether eight times the `piece`s cost less than 32 times as much, by the best of three.

    From `shortest` characters the text is doubled until it costs half a millisecond, or has `longest` characters: what costs less than that at
    this length is quick enough. What grows by powers meets the test's own time limit.
    """
    count = max(1, shortest // len(piece))
    while (once := _best(act, piece * count)) < _MEASURABLE:
        if count * len(piece) >= longest:
            return True
        count *= 2
    return _best(act, piece * (count * _TIMES)) < _MOST * once


def _best(act: Callable[[str], object], text: str) -> float:
    return min(_seconds(act, text) for _ in range(_ATTEMPTS))


def _seconds(act: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    act(text)
    return time.thread_time() - began
