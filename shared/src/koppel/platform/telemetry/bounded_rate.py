"""Limits log lines to so many a minute."""

import time
from collections.abc import Callable

_EVERY = 60.0
"""Seconds."""


class BoundedRate:
    """At most `most` in a minute; `clock` tells seconds."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._since = clock()
        self._seen = 0

    def admit(self) -> int | None:
        """None when this one is too many, else how many the minute before left out."""
        left_out, now = 0, self._clock()
        if now - self._since >= _EVERY:
            left_out, self._since, self._seen = max(0, self._seen - self._most), now, 0
        self._seen += 1
        return left_out if self._seen <= self._most else None
