"""One HTTP call with a deadline for all of it: who sends a byte now and then holds nobody up."""

import asyncio
from typing import Any

import httpx

_CONNECT_SECONDS = 5.0


def request(method: str, url: str, *, within: float, **given: Any) -> httpx.Response:
    """The whole answer. Raises what httpx raises, and `httpx.ReadTimeout` when it has not come `within` seconds."""
    return asyncio.run(_request(method, url, within, **given))


async def _request(method: str, url: str, within: float, **given: Any) -> httpx.Response:
    patience = httpx.Timeout(within, connect=min(_CONNECT_SECONDS, within))
    try:
        async with (
            asyncio.timeout(within),
            httpx.AsyncClient(timeout=patience, trust_env=False) as client,
        ):
            return await client.request(method, url, **given)
    except TimeoutError as error:
        raise httpx.ReadTimeout(f"no whole answer within {within:g} s") from error
