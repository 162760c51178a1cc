"""Access tokens that connection-svc issues to other services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from koppel.contracts.values import Failure
from koppel.kernel.errors import Permanent, Transient


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What connection-svc issues of a grant: its access token, where to use it, and until when it holds.

    `headers` go with every call of the provider's API; `company` is its id there, None where the login covers many.
    Not a `koppel.providers.port.ProviderAccess`, which names the one company that a call reads and has no end.
    """

    access_token: str = field(repr=False)
    api_base_url: str
    expires_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    company: str | None = None


class TokenRefused(Permanent):
    """connection-svc issues no token of this grant; `failure` says who must act."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code, failure.detail)
        self.failure = failure


class NoTokenNow(Transient):
    """No token can be had for now; `told` is the code that connection-svc gave for it, empty when it could not be asked."""

    def __init__(self, code: str, detail: str, *, told: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, detail, retry_after=retry_after)
        self.told = told


class AccessTokens(Protocol):
    """Where a service has its access tokens from."""

    async def issue(
        self, organisation_id: UUID, grant_id: UUID, *, rejected: str | None = None
    ) -> AccessToken:
        """A valid token of the organisation's grant; `rejected` is one that the provider refused, so another is needed.

        Raises `TokenRefused`, or `NoTokenNow` (`connection_svc_unavailable`, `connection_svc_bad_answer`).
        """
        ...
