"""What a missing access token means for discovery."""

from uuid import UUID

from import_svc.domain.discovery import DiscoveryFailed
from koppel.contracts.failures import TOKEN_REFUSED
from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.errors import Transient
from koppel.ports.access_token import AccessTokens, TokenRefused
from koppel.providers.port import ProviderAccess


class DiscoveryTokens:
    """Access tokens with discovery's failures."""

    def __init__(self, tokens: AccessTokens) -> None:
        self._tokens = tokens

    async def issue(
        self, organisation_id: UUID, grant_id: UUID, *, rejected: str | None = None
    ) -> ProviderAccess:
        """A token of the organisation's grant; `rejected` is one that the provider refused. Raises `DiscoveryFailed`."""
        try:
            token = await self._tokens.issue(organisation_id, grant_id, rejected=rejected)
        except TokenRefused as refusal:
            raise _refused(refusal) from None
        except Transient as away:
            kind = away.code.removeprefix("connection_svc_")
            raise _ours(away.code, kind, away.detail) from None
        return ProviderAccess(token.access_token, token.api_base_url, headers=token.headers)


def _refused(refusal: TokenRefused) -> DiscoveryFailed:
    if refusal.failure is not TOKEN_REFUSED:
        return DiscoveryFailed(refusal.failure, transient=False)
    # Retried: the service token may be about to be renewed.
    return _ours("connection_svc_refused", "refused", "connection-svc refuses to issue a token.")


def _ours(code: str, kind: str, detail: str) -> DiscoveryFailed:
    failure = Failure(
        origin="connection-svc", type=kind, who_must_act=WhoMustAct.US, code=code, detail=detail
    )
    return DiscoveryFailed(failure, transient=True)
