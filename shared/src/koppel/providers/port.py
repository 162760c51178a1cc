"""What Koppel asks of an accounting package, whichever it is.

A provider is a profile, listings, and the few behaviours that data cannot say. Services read the profile and the
listings; they never ask which provider it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from koppel.contracts.values import ResourceName
from koppel.providers import code_flow
from koppel.providers.company import Company
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.profile import CodeFlow, Endpoints, ProviderProfile
from koppel.providers.reading import Feed, PageRequest, RemovalPage, Usage
from koppel.providers.token_refusals import TokenRefusal
from koppel.providers.tokens import ClientCredentials, TokenSet


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """What one call needs: an access token, where to use it, and whose books to read.

    `company` is the external id of the administration to read; providers whose login covers one company do not need
    it. `headers` go with every call besides, by the profile's `headers`; their values can be secret. Services make it
    of the access token that connection-svc issued of a grant; connection-svc itself makes it before there is a grant.
    """

    access_token: str = field(repr=False)
    api_base_url: str
    company: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class LoginIdentity:
    """Who logged in, in the provider's own words; `place` is where that name is unique: a host, a licence."""

    place: str
    subject: str


@dataclass(frozen=True, slots=True)
class CompanyPage:
    """Some of the companies that a login reaches. `next` asks for more, opaque; None: that was all."""

    companies: list[Company]
    next: str | None = None
    usage: tuple[Usage, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyNotice:
    """What a provider told of a key: `action` is `created`, `replaced` or `deleted`.

    A notice is a hint: a key counts when it gives a token. `reference` is the one of the activation link.
    """

    action: str
    reference: str
    key: Mapping[str, str] = field(repr=False)


class NotOffered(Exception):
    """A provider was asked for what its profile and listings do not have: a mistake of the caller, which no retry mends."""

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} does not offer this call; read its profile and listings first")


class Provider:
    """One accounting package. An adapter writes what its profile and its listings offer, and nothing else.

    Every coroutine makes one HTTP call, or none, and raises `ProviderFailure`. A method that the provider does not
    offer raises `NotOffered`: whoever calls it did not read the profile.
    """

    def __init__(
        self, profile: ProviderProfile, listings: Sequence[Listing], refusals: Sequence[TokenRefusal] = ()
    ) -> None:
        """`listings` in the order to read: what others refer to comes first; `refusals` of token calls."""
        self.profile = profile
        self._refusals = tuple(refusals)
        self.resources: tuple[ResourceName, ...] = tuple(dict.fromkeys(one.resource for one in listings))
        self.listings: Mapping[ResourceName, tuple[Listing, ...]] = {
            resource: tuple(one for one in listings if one.resource is resource)
            for resource in self.resources
        }

    def authorization_url(
        self,
        endpoints: Endpoints,
        credentials: ClientCredentials,
        *,
        redirect_uri: str,
        state: str,
        code_challenge: str,
    ) -> str:
        """Where to send the browser. `code_challenge` is PKCE S256, left out where the provider takes none."""
        return code_flow.authorization_url(
            self._code_flow,
            endpoints,
            credentials,
            redirect_uri=redirect_uri,
            state=state,
            code_challenge=code_challenge,
        )

    async def exchange_code(
        self,
        http: httpx.AsyncClient,
        endpoints: Endpoints,
        credentials: ClientCredentials,
        *,
        code: str,
        code_verifier: str,
        redirect_uri: str,
    ) -> TokenSet:
        """Tokens for the code of a callback. A code that does not hold raises `grant_invalid`."""
        return await code_flow.exchange_code(
            self._code_flow,
            http,
            endpoints,
            credentials,
            code=code,
            code_verifier=code_verifier,
            redirect_uri=redirect_uri,
            refusals=self._refusals,
        )

    async def refresh(
        self,
        http: httpx.AsyncClient,
        endpoints: Endpoints,
        credentials: ClientCredentials,
        *,
        refresh_token: str,
    ) -> TokenSet:
        """New tokens. A refresh token that does not hold raises `grant_invalid`."""
        return await code_flow.refresh(
            self._code_flow,
            http,
            endpoints,
            credentials,
            refresh_token=refresh_token,
            refusals=self._refusals,
        )

    async def exchange_key(
        self,
        http: httpx.AsyncClient,
        endpoints: Endpoints,
        credentials: ClientCredentials,
        *,
        key: Mapping[str, str],
    ) -> TokenSet:
        """Tokens for a key, by the names of the flow's fields. One that does not hold raises `grant_invalid`."""
        raise NotOffered(self.profile.id)

    async def revoke(
        self,
        http: httpx.AsyncClient,
        endpoints: Endpoints,
        credentials: ClientCredentials,
        *,
        token: str,
    ) -> None:
        """Withdraw a token at the provider; one that it does not know counts as withdrawn (RFC 7009 §2.2)."""
        if endpoints.revocation_url is None:
            raise NotOffered(self.profile.id)
        await code_flow.revoke(self._code_flow, http, endpoints.revocation_url, credentials, token=token)

    async def login(self, http: httpx.AsyncClient, access: ProviderAccess) -> LoginIdentity | None:
        """Who logged in; None without a call where the provider does not say."""
        return None

    async def discover(
        self, http: httpx.AsyncClient, access: ProviderAccess, continuation: str | None
    ) -> CompanyPage:
        """Companies that the token gives access to; `continuation` is what the page before answered as `next`."""
        raise NotOffered(self.profile.id)

    async def details(self, http: httpx.AsyncClient, access: ProviderAccess, company: Company) -> Company:
        """The company with what its own page says besides; as it is, without a call, where there is none."""
        return company

    async def epoch(self, http: httpx.AsyncClient, access: ProviderAccess) -> str | None:
        """Text that changes when all cursors of `access.company` became worthless; None when it cannot be told.

        For a profile with `epochs`. Who may not ask gets the failure, which counts among the provider's errors.
        """
        raise NotOffered(self.profile.id)

    def company_counted(self, continuation: str | None) -> str | None:
        """The company whose windows a page of `discover` counts for; None: no company's."""
        return None

    async def read(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing, ask: PageRequest
    ) -> Page:
        """One page of a listing, never more items than the listing's own `page_size`."""
        raise NotOffered(self.profile.id)

    async def versions(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing
    ) -> Mapping[str, str]:
        """Every id of the listing with its version, complete. For a cursor of kind `Versions`."""
        raise NotOffered(self.profile.id)

    async def fetch(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing, ids: Sequence[str]
    ) -> Page:
        """These items of the listing, in any order; an id that is not in the answer is gone.

        For a cursor of kind `Versions`, and for a listing with `reread`.
        """
        raise NotOffered(self.profile.id)

    async def removed(
        self, http: httpx.AsyncClient, access: ProviderAccess, feed: Feed, ask: PageRequest
    ) -> RemovalPage:
        """One page of a feed of removals, of all entities. For a removal of kind `Feed`."""
        raise NotOffered(self.profile.id)

    def key_notice(self, body: bytes) -> KeyNotice:
        """What a notice says. Raises `provider_bad_answer`."""
        raise NotOffered(self.profile.id)

    @property
    def _code_flow(self) -> CodeFlow:
        auth = self.profile.auth
        if not isinstance(auth, CodeFlow):
            raise NotOffered(self.profile.id)
        return auth
