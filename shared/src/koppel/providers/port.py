"""What Koppel asks of an accounting package, whichever it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import httpx

from koppel.contracts.values import ResourceName
from koppel.providers.company import Company
from koppel.providers.listed_records import BrokenItem, Listing, Page, ProviderRecord

__all__ = [
    "BrokenItem",
    "ClientCredentials",
    "Company",
    "GrantCovers",
    "Listing",
    "OAuthEndpoints",
    "Page",
    "Provider",
    "ProviderAccess",
    "ProviderRecord",
    "RateLimit",
    "TokenSet",
]


class GrantCovers(StrEnum):
    """How many administrations one login gives access to."""

    ONE_ADMINISTRATION = "one_administration"
    MANY_ADMINISTRATIONS = "many_administrations"


@dataclass(frozen=True, slots=True)
class OAuthEndpoints:
    """Where a package lives; configuration, since test and production differ by host at some packages."""

    authorize_url: str
    token_url: str
    revocation_url: str
    api_base_url: str


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What the package knows Koppel by."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a token call answered.

    `refresh_token` is None when the answer holds none: keep the one you have. `expires_in` is seconds.
    `scopes` is empty when a refresh did not name them: they are as before.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """An access token and where to use it.

    `company` is the external id of the administration to read; packages whose login covers one company
    do not need it.
    """

    access_token: str = field(repr=False)
    api_base_url: str
    company: str | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in `seconds`, counted per Koppel client and endpoint, over all organisations."""

    requests: int
    seconds: int


class Provider(Protocol):
    """One accounting package. Every coroutine raises `ProviderFailure` and makes one HTTP call."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def grant_covers(self) -> GrantCovers: ...
    @property
    def auth(self) -> str:
        """`oauth2`."""
        ...

    @property
    def scopes(self) -> tuple[str, ...]:
        """What a login asks for: the least that a full sync needs."""
        ...

    @property
    def endpoints(self) -> OAuthEndpoints:
        """The package's own hosts, the default of the configuration."""
        ...

    @property
    def rate_limit(self) -> RateLimit: ...
    @property
    def resources(self) -> tuple[ResourceName, ...]:
        """What it offers, in the order to read: what others refer to comes first."""
        ...

    @property
    def listings(self) -> Mapping[ResourceName, tuple[Listing, ...]]: ...

    def authorization_url(
        self,
        endpoints: OAuthEndpoints,
        credentials: ClientCredentials,
        *,
        redirect_uri: str,
        state: str,
        code_challenge: str,
        select_account: bool,
    ) -> str:
        """Where to send the browser. `code_challenge` is PKCE S256; `select_account` always asks which company."""
        ...

    async def exchange_code(
        self,
        http: httpx.AsyncClient,
        endpoints: OAuthEndpoints,
        credentials: ClientCredentials,
        *,
        code: str,
        code_verifier: str,
        redirect_uri: str,
    ) -> TokenSet:
        """Tokens for the code of a callback. A code that does not hold raises `grant_invalid`."""
        ...

    async def refresh(
        self,
        http: httpx.AsyncClient,
        endpoints: OAuthEndpoints,
        credentials: ClientCredentials,
        *,
        refresh_token: str,
    ) -> TokenSet:
        """New tokens. A refresh token that does not hold raises `grant_invalid`."""
        ...

    async def revoke(
        self,
        http: httpx.AsyncClient,
        endpoints: OAuthEndpoints,
        credentials: ClientCredentials,
        *,
        token: str,
    ) -> None:
        """Withdraw a token at the package; one that it does not know counts as withdrawn (RFC 7009 §2.2)."""
        ...

    async def companies(self, http: httpx.AsyncClient, access: ProviderAccess) -> list[Company]:
        """The administrations that the token gives access to."""
        ...

    async def page(
        self,
        http: httpx.AsyncClient,
        access: ProviderAccess,
        listing: Listing,
        *,
        number: int,
        page_size: int,
        changed_since: datetime | None,
    ) -> Page:
        """Page `number` (from 1) of a listing, at most `page_size` records and never more than the listing's own.

        With `changed_since` (aware) only what changed after it, where the listing can tell; else everything.
        """
        ...
