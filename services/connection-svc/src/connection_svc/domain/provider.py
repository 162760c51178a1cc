"""What a package is and says, as this service needs it."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class ProviderDescription:
    """An entry of the catalogue."""

    id: str
    name: str
    grant_covers: str
    auth: str
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoginEndpoints:
    """Where one login goes, fixed when it starts: later configuration cannot send its code elsewhere.

    `issuer` is what a callback's `iss` must be, when it has one (RFC 9207).
    """

    authorize_url: str
    token_url: str
    revocation_url: str
    api_base_url: str
    redirect_uri: str
    issuer: str


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What a token call gave. `refresh_token` is None when the one we have stays; `expires_in` is seconds.

    `dated_at` is when, by the package's clock; None: it did not say.
    """

    access_token: SecretStr
    refresh_token: SecretStr | None
    expires_in: int | None
    scopes: tuple[str, ...] = ()
    dated_at: datetime | None = None
