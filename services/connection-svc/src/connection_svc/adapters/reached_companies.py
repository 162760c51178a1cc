"""Which companies a login reaches, asked page by page with the token that it has just brought."""

import asyncio
from collections.abc import Collection

import httpx

from koppel.providers import failures
from koppel.providers.failures import failure
from koppel.providers.port import Provider, ProviderAccess

_WITHIN = 60.0
"""Seconds for all pages: a person waits, and the tokens stand on the list of withdrawals meanwhile."""
_MOST_PAGES = 100


async def reached_companies(
    http: httpx.AsyncClient, provider: Provider, access: ProviderAccess, wanted: Collection[str]
) -> frozenset[str]:
    """Those of the wanted that are listed, in whatever state; the pages end when all are found.

    Raises the provider's failures, and `provider_timeout` where the list does not come to an end.
    """
    found: set[str] = set()
    continuation, asked = None, 0
    try:
        async with asyncio.timeout(_WITHIN):
            while not found >= set(wanted) and asked < _MOST_PAGES:
                page = await provider.discover(http, access, continuation)
                found |= {each.external_id for each in page.companies} & set(wanted)
                if page.next is None or page.next == continuation:
                    return frozenset(found)
                continuation, asked = page.next, asked + 1
    except TimeoutError:
        raise failure(failures.TIMEOUT) from None
    if not found >= set(wanted):
        raise failure(failures.TIMEOUT)
    return frozenset(found)
