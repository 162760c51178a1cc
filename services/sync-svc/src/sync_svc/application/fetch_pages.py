"""Fetching pages for one run: with an access token, a few retries, and one fresh token when ours is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from koppel.kernel.retry import RetryPolicy
from koppel.ports.access_token import AccessTokens
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from sync_svc.application.outside import ProviderGateway
from sync_svc.domain.administration import Administration
from sync_svc.domain.failure import Remedy, remedy

RETRIES = RetryPolicy(
    first=timedelta(milliseconds=500), longest=timedelta(seconds=15), factor=2.5, jitter=0.3, attempts=5
)
Pause = Callable[[float], Awaitable[None]]


class PageFetcher:
    """Pages of one administration. `pause` waits that many seconds."""

    def __init__(
        self,
        gateway: ProviderGateway,
        tokens: AccessTokens,
        administration: Administration,
        *,
        retries: RetryPolicy = RETRIES,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._gateway = gateway
        self._tokens = tokens
        self._administration = administration
        self._retries = retries
        self._pause = pause

    async def fetch(self, listing: Listing, number: int, since: datetime | None) -> Page:
        """Page `number`. Raises `ProviderFailure` when no remedy here helps, `TokenRefused`, or `Transient`."""
        failed, rejected, of = 0, None, self._administration
        while True:
            token = await self._tokens.issue(of.organisation_id, of.grant_id, rejected=rejected)
            try:
                return await self._gateway.page(of, token, listing, number=number, since=since)
            except ProviderFailure as problem:
                match remedy(problem):
                    case Remedy.FRESH_TOKEN if rejected is None:
                        rejected = token.access_token
                        continue
                    case Remedy.RETRY if not self._retries.exhausted(failed := failed + 1):
                        wait = self._retries.delay(failed, at_least=problem.retry_after)
                    case _:
                        raise
            await self._pause(wait.total_seconds())
