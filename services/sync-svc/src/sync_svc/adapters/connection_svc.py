"""Access tokens lent by connection-svc, kept in memory until shortly before they expire."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import httpx

from koppel.contracts.failures import CONNECTION_REVOKED, GRANT_NOT_FOUND, REAUTHORIZATION_REQUIRED
from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.clock import Clock, SystemClock
from koppel.kernel.errors import Transient
from koppel.platform.lending import LoanRefused, TokenLending
from koppel.ports.access_token import AccessToken
from sync_svc.application.outside import LendingRefused
from sync_svc.domain.failure import LENDER_AWAY

_MARGIN = timedelta(seconds=60)
"""A token is asked again this long before it expires, or at half its life when it lives shorter: a page in
flight must end with it still valid."""

_Claim = tuple[UUID, UUID]
"""An organisation and the grant that it says is its own."""

_REFUSED = {failure.code: failure for failure in (CONNECTION_REVOKED, REAUTHORIZATION_REQUIRED)}
_NOT_LENT = Failure(
    origin="connection-svc",
    type="refused",
    who_must_act=WhoMustAct.US,
    code="token_refused",
    detail="connection-svc refused to lend an access token to sync-svc.",
)


class ConnectionSvc:
    """Implements `TokenLender`. `http` carries base URL and this service's own credential."""

    def __init__(self, http: httpx.AsyncClient, clock: Clock | None = None) -> None:
        self._lending = TokenLending(http)
        self._clock = clock or SystemClock()
        # By organisation too: what was lent to one is never found by another that names the same grant.
        self._lent: dict[_Claim, tuple[AccessToken, datetime]] = {}
        self._asking: dict[_Claim, asyncio.Lock] = {}

    async def lend(
        self, organisation_id: UUID, grant_id: UUID, *, rejected: str | None = None
    ) -> AccessToken:
        claim = organisation_id, grant_id
        async with self._asking.setdefault(claim, asyncio.Lock()):
            known, good_until = self._lent.get(claim, (None, None))
            in_time = good_until is not None and self._clock.now() < good_until
            if known is not None and in_time and known.access_token != rejected:
                return known
            self._lent.pop(claim, None)
            lent = await self._ask(claim, rejected)
            now = self._clock.now()
            self._lent[claim] = lent, max(lent.expires_at - _MARGIN, now + (lent.expires_at - now) / 2)
            return lent

    async def _ask(self, claim: _Claim, rejected: str | None) -> AccessToken:
        good_until = self._clock.now() + _MARGIN
        try:
            return await self._lending.borrow(*claim, rejected=rejected, good_until=good_until)
        except LoanRefused as refusal:
            unknown = GRANT_NOT_FOUND if refusal.status == httpx.codes.NOT_FOUND else _NOT_LENT
            raise LendingRefused(_REFUSED.get(refusal.code, unknown)) from None
        except Transient as away:
            raise Transient(LENDER_AWAY.code, LENDER_AWAY.detail, retry_after=away.retry_after) from None
