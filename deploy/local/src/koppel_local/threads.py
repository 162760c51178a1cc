"""Asynchronous work from ordinary code."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def run_in_thread(work: Coroutine[None, None, Result]) -> Result:
    """Run a coroutine to its end in a thread of its own: the caller's may have an event loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
