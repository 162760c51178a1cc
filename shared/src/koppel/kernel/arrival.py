"""Waits briefly for something that another service has just created: its event is on the way."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds: how long to wait, and between two looks."""

    within: float = 2.0
    every: float = 0.02


async def await_arrival(arrived: Callable[[], Awaitable[bool]], patience: Patience) -> bool:
    """Look until `arrived` says so or the time is up; returns its last answer. The first look is made at once."""
    deadline = time.monotonic() + patience.within
    while not (there := await arrived()):
        if time.monotonic() >= deadline:
            break
        await asyncio.sleep(patience.every)
    return there
