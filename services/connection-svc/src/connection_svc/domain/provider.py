"""What a provider is and says, as this service needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class At:
    """A provider, and which of its regions; None: the first."""

    provider: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A region that can be logged in at."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PastedField:
    """What a person pastes where a provider gives keys; `longest` in characters."""

    name: str
    label: str
    secret: bool
    longest: int


@dataclass(frozen=True, slots=True)
class KeyNotice:
    """What a provider told of a key: `action` is `created`, `replaced` or `deleted`; `reference` is that of a login round."""

    action: str
    reference: SecretStr
    key: Mapping[str, SecretStr]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDescription:
    """An entry of the catalogue. `regions` is None where the provider has one place for all, `fields` where people log in;
    `has_activation`: it has a page that makes keys."""

    id: str
    name: str
    grant_covers: str
    auth: str
    regions: tuple[Choice, ...] | None = None
    fields: tuple[PastedField, ...] | None = None
    has_activation: bool = False
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoginEndpoints:
    """Where one login goes, fixed when it starts: later configuration cannot send its code elsewhere.

    `issuer` is what a callback's `iss` must be, when it has one (RFC 9207).
    """

    authorize_url: str
    token_url: str
    revocation_url: str | None
    api_base_url: str
    redirect_uri: str
    issuer: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What a token call gave. `refresh_token` is None when the one we have stays; `expires_in` is seconds.

    `dated_at` is when, by the provider's clock; None: it did not say.
    """

    access_token: SecretStr
    refresh_token: SecretStr | None
    expires_in: int | None
    scopes: tuple[str, ...] = ()
    dated_at: datetime | None = None
