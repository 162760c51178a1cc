"""Waits for a condition with a deadline, instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(
    condition: Callable[[], Awaitable[T]],
    *,
    within: float = 10.0,
    every: float = 0.02,
    what: str = "the condition",
) -> T:
    """Poll until `condition` returns something truthy and return it; AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        if result := await condition():
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {within} s (last: {result!r})")
        await asyncio.sleep(every)
