"""Which companies a login reaches, asked page by page with the token that it has just brought."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from koppel.providers import failures
from koppel.providers.failures import ProviderFailure, failure
from koppel.providers.port import CompanyPage

_WITHIN = 60.0
"""Seconds for all pages: a person waits, and the tokens stand on the list of withdrawals meanwhile."""
_MOST_PAGES = 100
_TRIES = 4
_PAUSE = 1.0
"""Seconds before a page that could not be had is asked again, unless the provider says how long."""


AskPage = Callable[[str | None], Awaitable[CompanyPage]]
"""One page of the list, by its continuation."""


async def reached_companies(ask: AskPage, wanted: Collection[str]) -> frozenset[str]:
    """Those of the wanted that are listed, in whatever state; the pages end when all are found.

    A page that cannot be had is asked again while there is time: what is not known costs a login. Raises the
    provider's failures, and `provider_timeout` where the list does not come to an end.
    """
    found: set[str] = set()
    continuation, asked = None, 0
    try:
        async with asyncio.timeout(_WITHIN):
            while not found >= set(wanted) and asked < _MOST_PAGES:
                page = await _page(ask, continuation)
                found |= {each.external_id for each in page.companies} & set(wanted)
                if page.next is None or page.next == continuation:
                    return frozenset(found)
                continuation, asked = page.next, asked + 1
    except TimeoutError:
        raise failure(failures.TIMEOUT) from None
    if not found >= set(wanted):
        raise failure(failures.TIMEOUT)
    return frozenset(found)


async def _page(ask: AskPage, continuation: str | None) -> CompanyPage:
    for last in (False,) * (_TRIES - 1) + (True,):
        try:
            return await ask(continuation)
        except ProviderFailure as refused:
            wait = refused.retry_after or _PAUSE
            if last or not refused.kind.transient or wait > _WITHIN:
                raise
        await asyncio.sleep(wait)
    raise AssertionError("the last try answers or raises")
