"""What the use cases need beyond the database: the providers, the vault, who owns a refresh, and what was published."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.ports import UnitOfWork
from connection_svc.application.refused_clients import RefusedClients
from connection_svc.domain.connection import LoginIdentity
from connection_svc.domain.provider import At, IssuedTokens, KeyNotice, LoginEndpoints, ProviderDescription
from koppel.contracts.connection import Company
from koppel.kernel.clock import Clock
from koppel.providers.profile import RateWindow, TokenTiming


class Sealer(Protocol):
    """Encrypts for one organisation with a key that is in memory: for what a provider has just given."""

    def seal(self, subject_id: UUID, field: str, version: int, secret: SecretStr) -> bytes: ...


class Vault(Protocol):
    """Encrypts secrets to one place: organisation, subject (a grant or a login), field and version."""

    async def sealer(self, organisation_id: UUID) -> Sealer: ...

    async def seal(
        self, organisation_id: UUID, subject_id: UUID, field: str, version: int, secret: SecretStr
    ) -> bytes: ...

    async def unseal(
        self, organisation_id: UUID, subject_id: UUID, field: str, version: int, sealed: bytes
    ) -> SecretStr: ...


class ProviderCalls(Protocol):
    """Calls of one provider for one grant, each drawn from the provider's rate windows before it is made.

    Coroutines raise kernel errors with the provider layer's codes, and `Transient` (`provider_busy`) where the windows
    leave none: then the call was not made.
    """

    async def reserve(self, *, renews: bool) -> None:
        """Draw the first call that a login is asked with its tokens, before there are any: so that no login is given up
        for want of it. `renews`: it takes the place of a grant's."""
        ...

    async def exchange_code(
        self, endpoints: LoginEndpoints, *, code: str, verifier: SecretStr
    ) -> IssuedTokens: ...

    async def company(self, endpoints: LoginEndpoints, access_token: SecretStr) -> Company | None:
        """The company that the token covers; None where one login covers many, and nothing is asked."""
        ...

    async def reached(
        self, endpoints: LoginEndpoints, access_token: SecretStr, wanted: Collection[str]
    ) -> frozenset[str]:
        """Those of the wanted companies that the login reaches."""
        ...

    async def login(self, endpoints: LoginEndpoints, access_token: SecretStr) -> LoginIdentity | None:
        """Who logged in, without a fingerprint; None where the provider does not say."""
        ...

    async def exchange_key(self, at: At, key: Mapping[str, SecretStr]) -> IssuedTokens:
        """Tokens for a key; the key itself is what later ones are had for, as their refresh token."""
        ...

    async def refresh(self, at: At, refresh_token: SecretStr) -> IssuedTokens: ...

    async def revoke(self, at: At, token: SecretStr) -> None:
        """Does nothing where the provider cannot withdraw tokens."""
        ...


class ProviderGateway(Protocol):
    """The providers. Coroutines raise kernel errors with the provider layer's codes."""

    def calls(
        self, provider: str, organisation_id: UUID, grant_id: UUID
    ) -> AbstractAsyncContextManager[ProviderCalls]:
        """Calls for a grant; before there is one, for its connection. Raises `provider_not_configured`."""
        ...

    def catalogue(self) -> Sequence[ProviderDescription]: ...

    def describe(self, provider: str) -> ProviderDescription:
        """Raises `InvalidInput` with code `unknown_provider` and pointer `/provider`."""
        ...

    def endpoints(self, at: At) -> LoginEndpoints: ...

    def headers(self, provider: str) -> Mapping[str, str]:
        """What goes with every call of the provider's API; values can be secret."""
        ...

    def region(self, provider: str, region: str | None) -> str | None:
        """The region as it is stored: the first when none is asked, None where the provider has one place for all.

        Raises `InvalidInput` with code `region_unknown` and pointer `/region`.
        """
        ...

    def authorization_url(
        self, provider: str, endpoints: LoginEndpoints, *, state: str, code_challenge: str
    ) -> str: ...

    def activation_url(self, at: At, *, reference: str) -> str:
        """The provider's page that makes a key and tells of it in a notice with this reference; the browser comes to our
        callback, which gets the reference as its state."""
        ...

    def gives_keys(self, provider: str) -> bool:
        """Whether a key is what a login is elsewhere; False for a provider that is not known."""
        ...

    def key_notice(self, provider: str, body: bytes) -> KeyNotice:
        """A parsed notice. Raises a `KoppelError` for other bodies."""
        ...

    def callback_error(self, error: str) -> str:
        """The failure code behind a callback's `error`."""
        ...

    def timing(self, provider: str) -> TokenTiming: ...

    def token_window(self, provider: str) -> RateWindow | None:
        """How many token calls the provider takes for a login, and in what time; None where it does not count them."""
        ...

    async def time(self, at: At) -> datetime | None:
        """The provider's time, asked without credentials; None when it does not say."""
        ...


class Fingerprints(Protocol):
    async def of(self, provider: str, identity: LoginIdentity) -> bytes:
        """A keyed hash: equal for equal logins of any organisation, and it reveals nothing of the login."""
        ...

    async def of_notice(self, notice: KeyNotice) -> bytes:
        """A keyed hash: equal for a repeated notice, and it reveals nothing of the key."""
        ...

    async def ready(self) -> None:
        """Know the key, so that later calls need no database."""
        ...

    async def sign(self, text: str) -> str:
        """The text with what shows that it is ours."""
        ...

    async def is_signed(self, text: str) -> bool:
        """Whether `sign` made it; costs no call once this process knows its key."""
        ...


class RefreshOwnership(Protocol):
    def own(self, grant_id: UUID) -> AbstractAsyncContextManager[int | None]:
        """Be the one process that refreshes the grant; yields a fence, or None while another is."""
        ...


class Publication(Protocol):
    async def settled(self, connection_id: UUID) -> bool:
        """Wait, for a bounded moment, until the connection's events are published; False when they are not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside world of the use cases that talk to a provider."""

    unit_of_work: UnitOfWork
    providers: ProviderGateway
    vault: Vault
    clock: Clock
    publication: Publication
    fingerprints: Fingerprints
    refused_clients: RefusedClients = field(default_factory=RefusedClients)
    revoke_within: timedelta = timedelta(seconds=4)
