"""A provider's clock, read from the `Date` of an answer that costs none of its limits: no token, no API call."""

from datetime import datetime

import httpx

from koppel.providers.calls import send
from koppel.providers.failures import ProviderFailure

_DEADLINE = 4.0
"""Seconds."""


async def provider_time(http: httpx.AsyncClient, address: str) -> datetime | None:
    """What time it is at the host of the address, which is asked with HEAD; None when it does not say."""
    try:
        answer = await send(http, http.build_request("HEAD", address), deadline=_DEADLINE)
    except ProviderFailure:
        return None
    return answer.date()
