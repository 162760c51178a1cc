"""Calls to a provider for one run: with an access token, a few retries, and one fresh token when ours is refused."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from koppel.contracts.values import Failure
from koppel.kernel.retry import RetryPolicy
from koppel.ports.access_token import AccessToken, AccessTokens
from koppel.ports.budget import BudgetExhausted
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, PageRequest, RemovalPage
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.turn import Turn
from sync_svc.domain.administration import Administration
from sync_svc.domain.failure import Remedy, remedy

T = TypeVar("T")

RETRIES = RetryPolicy(
    first=timedelta(milliseconds=500), longest=timedelta(seconds=15), factor=2.5, jitter=0.3, attempts=5
)
Pause = Callable[[float], Awaitable[None]]
TellCause = Callable[[Failure | None], Awaitable[None]]
"""Why a call failed that is tried again; None: it passed."""


async def _to_nobody(cause: Failure | None) -> None:
    """Where nobody looks on."""


class PageFetcher:
    """What one administration's provider answers; every try is a call of the turn. `pause` waits that many seconds; while it
    `probes`, a call is tried once. `tell` hears before each pause why.

    Every coroutine raises `ProviderFailure` when no remedy here helps, `TokenRefused`, or `Transient`, of which one is
    `BudgetExhausted`.
    """

    def __init__(
        self,
        gateway: ProviderGateway,
        tokens: AccessTokens,
        administration: Administration,
        turn: Turn,
        *,
        retries: RetryPolicy = RETRIES,
        pause: Pause = asyncio.sleep,
        tell: TellCause = _to_nobody,
        probes: bool = False,
    ) -> None:
        self._gateway = gateway
        self._tokens = tokens
        self._administration = administration
        self._turn = turn
        self._retries = retries
        self._pause = pause
        self._tell = tell
        self._probes = probes

    async def epoch(self) -> str | None:
        """In which epoch the company is; no call where the provider has none."""
        if not self._gateway.has_epochs(self._administration.provider):
            return None
        return await self._call(self._gateway.epoch)

    async def read(self, listing: Listing, ask: PageRequest) -> Page:
        """One page."""
        return await self._call(lambda of, token: self._gateway.read(of, token, listing, ask))

    async def versions(self, listing: Listing) -> Mapping[str, str]:
        """Every id of the listing with its version."""
        return await self._call(lambda of, token: self._gateway.versions(of, token, listing))

    async def by_ids(self, listing: Listing, ids: Sequence[str]) -> Page:
        """These items."""
        return await self._call(lambda of, token: self._gateway.fetch(of, token, listing, ids))

    async def removed(self, feed: Feed, ask: PageRequest) -> RemovalPage:
        """One page of a feed of removals."""
        return await self._call(lambda of, token: self._gateway.removed(of, token, feed, ask))

    async def _call(self, call: Callable[[Administration, AccessToken], Awaitable[T]]) -> T:
        failed, rejected, of = 0, None, self._administration
        while True:
            token = await self._tokens.issue(of.organisation_id, of.grant_id, rejected=rejected)
            self._turn.begin_call()
            try:
                answer = await call(of, token)
            except BudgetExhausted:
                self._turn.was_no_call()
                raise
            except ProviderFailure as problem:
                match remedy(problem):
                    case Remedy.FRESH_TOKEN if rejected is None:
                        rejected = token.access_token
                        continue
                    case Remedy.RETRY if not self._probes and not self._retries.exhausted(
                        failed := failed + 1
                    ):
                        wait = self._retries.delay(failed, at_least=problem.retry_after)
                        await self._tell(problem.as_contract())
                    case _:
                        raise
            else:
                if answer is not None:  # nothing was called for an epoch that does not exist
                    self._probes = False
                if failed:
                    await self._tell(None)
                return answer
            await self._pause(wait.total_seconds())
