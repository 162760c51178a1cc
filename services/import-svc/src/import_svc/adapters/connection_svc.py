"""Tokens for discovery, and what their absence means to the person who waits for it."""

from uuid import UUID

import httpx

from import_svc.domain.discovery import DiscoveryFailed
from koppel.contracts.failures import CONNECTION_REVOKED, GRANT_NOT_FOUND, REAUTHORIZATION_REQUIRED
from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.errors import Transient
from koppel.platform.lending import LoanRefused, TokenLending
from koppel.providers.port import ProviderAccess

_GONE = {failure.code: failure for failure in (CONNECTION_REVOKED, REAUTHORIZATION_REQUIRED)}


class TokenLender:
    """`http` has connection-svc's base URL and this service's token."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._lending = TokenLending(http)

    async def lend(
        self, organisation_id: UUID, grant_id: UUID, *, rejected: str | None = None
    ) -> ProviderAccess:
        """A token of the organisation's grant; `rejected` is one that the package refused. Raises `DiscoveryFailed`."""
        try:
            loan = await self._lending.borrow(organisation_id, grant_id, rejected=rejected)
        except LoanRefused as refusal:
            raise _refused(refusal) from None
        except Transient as away:
            kind = away.code.removeprefix("connection_svc_")
            raise _ours(away.code, kind, away.detail) from None
        return ProviderAccess(loan.access_token, loan.api_base_url)


def _refused(refusal: LoanRefused) -> DiscoveryFailed:
    code = refusal.code
    if refusal.status == httpx.codes.CONFLICT and code in _GONE:
        return DiscoveryFailed(_GONE[code], transient=False)
    if refusal.status == httpx.codes.NOT_FOUND:
        return DiscoveryFailed(GRANT_NOT_FOUND, transient=False)
    # Worth another try: the service token may be on its way to be renewed.
    return _ours("connection_svc_refused", "refused", "connection-svc refuses to lend a token.")


def _ours(code: str, kind: str, detail: str) -> DiscoveryFailed:
    failure = Failure(
        origin="connection-svc", type=kind, who_must_act=WhoMustAct.US, code=code, detail=detail
    )
    return DiscoveryFailed(failure, transient=True)
