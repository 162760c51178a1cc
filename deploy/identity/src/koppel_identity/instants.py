"""The time, given to whoever needs it."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Seconds since 1970."""


def system_clock() -> int:
    return int(time.time())
