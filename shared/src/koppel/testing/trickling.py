"""A body that never ends and never falls silent."""

import asyncio
from collections.abc import AsyncIterator

import httpx


class Trickling(httpx.AsyncByteStream):
    """A space every 10 ms, without end: no time-out of one read ever passes."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)
