"""Calls of one provider for one grant: drawn before they are made, counted, and waited for where a person would lose a login."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TypeVar

import httpx
import orjson
from pydantic import SecretStr

from connection_svc.adapters.reached_companies import reached_companies
from connection_svc.domain.connection import LoginIdentity
from connection_svc.domain.provider import At, IssuedTokens, LoginEndpoints
from koppel.contracts.connection import Company
from koppel.contracts.failures import PROVIDER_BUSY
from koppel.kernel.errors import KoppelError, Permanent, Transient
from koppel.platform.telemetry import metrics
from koppel.ports.budget import Budget, BudgetExhausted, ScopedWindow, Spender
from koppel.providers.configuration import ConfiguredProvider, ConfiguredRegion
from koppel.providers.port import CompanyPage, Provider, ProviderAccess
from koppel.providers.profile import Endpoints, GrantCovers, KeyFlow, Part, Rotation, part_of
from koppel.providers.scoped_windows import (
    LOGINS_ALONE,
    with_own_endpoints,
)
from koppel.providers.spending import Spending
from koppel.providers.tokens import TokenSet

T = TypeVar("T")

LOGIN = "login"
"""The endpoint in the ledger of what a login or a key is asked."""
_PATIENCE = 5.0
"""Seconds that a person waits for a call before anything was given; then a login is told when to come again."""
_AT_STAKE = 60.0
"""The same once there are tokens: what is not asked then costs the login."""


def login_windows(
    configured: Mapping[str, ConfiguredProvider], own: Decimal | None
) -> Callable[[Spender], tuple[ScopedWindow, ...]]:
    """What a call of the API counts for; `own` is what `KOPPEL_BUDGET_SHARE` says for all providers."""
    windows = {name: each.windows for name, each in configured.items()}
    parts: dict[str, Part] = {
        name: partial(part_of, share=own) if own else each.shares.for_logins
        for name, each in configured.items()
    }
    return with_own_endpoints(windows, parts, {LOGIN: LOGINS_ALONE})


@asynccontextmanager
async def permitted_calls(
    http: httpx.AsyncClient,
    provider: Provider,
    configured: ConfiguredProvider,
    budget: Budget,
    spender: Spender,
) -> AsyncIterator["PermittedCalls"]:
    """Calls for `spender`; a call that was reserved and not made is given back."""
    calls = PermittedCalls(http, provider, configured, budget, spender)
    try:
        yield calls
    finally:
        await calls.close()


class PermittedCalls:
    """Implements `ProviderCalls`."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        provider: Provider,
        configured: ConfiguredProvider,
        budget: Budget,
        spender: Spender,
    ) -> None:
        self._http = http
        self._provider = provider
        self._configured = configured
        self._budget = budget
        self._spender = spender
        self._reserved: Spending | None = None

    async def close(self) -> None:
        """Give back what was reserved."""
        if self._reserved is not None:
            await self._reserved.close()

    async def reserve(self, *, renews: bool) -> None:
        if not (renews or self._asks_first_logins()):
            return
        spending = self._reserved = Spending(self._budget, self._spender, lot=1)
        await _waited(lambda: spending.reserve(LOGIN), _PATIENCE)

    def _asks_first_logins(self) -> bool:
        """Where one covers many companies and does not say whose it is, nothing is asked."""
        covers = self._provider.profile.grant_covers
        return covers is GrantCovers.ONE_ADMINISTRATION or type(self._provider).login is not Provider.login

    async def exchange_code(
        self, endpoints: LoginEndpoints, *, code: str, verifier: SecretStr
    ) -> IssuedTokens:
        if isinstance(self._configured.profile.auth, KeyFlow):
            raise Permanent("callback_malformed", "The provider gives keys, not codes.")
        credentials = place_of(self._configured, endpoints.region).credentials
        return _issued(
            await self._counted(
                "token",
                lambda: self._provider.exchange_code(
                    self._http,
                    oauth_endpoints(endpoints),
                    credentials,
                    code=code,
                    code_verifier=verifier.get_secret_value(),
                    redirect_uri=endpoints.redirect_uri,
                ),
            )
        )

    async def company(self, endpoints: LoginEndpoints, access_token: SecretStr) -> Company | None:
        if self._provider.profile.grant_covers is GrantCovers.MANY_ADMINISTRATIONS:
            return None  # what it reaches is discovery's to ask
        access = self._access(endpoints, access_token)
        page = await self._asked("companies", lambda: self._provider.discover(self._http, access, None))
        if len(page.companies) != 1:
            raise Permanent("company_unknown", "The login did not say which company it is for.")
        return Company(external_id=page.companies[0].external_id, name=page.companies[0].name)

    async def reached(
        self, endpoints: LoginEndpoints, access_token: SecretStr, wanted: Collection[str]
    ) -> frozenset[str]:
        access, provider = self._access(endpoints, access_token), self._provider

        async def page(continuation: str | None) -> CompanyPage:
            return await self._asked(
                "companies",
                lambda: provider.discover(self._http, access, continuation),
                provider.company_counted(continuation),
            )

        return await reached_companies(page, wanted)

    async def login(self, endpoints: LoginEndpoints, access_token: SecretStr) -> LoginIdentity | None:
        if type(self._provider).login is Provider.login:  # it does not say, and nothing is called
            return None
        access = self._access(endpoints, access_token)
        said = await self._asked("login", lambda: self._provider.login(self._http, access))
        return None if said is None else LoginIdentity(said.place, said.subject)

    async def exchange_key(self, at: At, key: Mapping[str, SecretStr]) -> IssuedTokens:
        plain = {name: secret.get_secret_value().strip() for name, secret in key.items()}
        tokens = await self._counted("token", lambda: self._minted(at, plain))
        return replace(_issued(tokens), refresh_token=SecretStr(orjson.dumps(plain).decode()))

    async def refresh(self, at: At, refresh_token: SecretStr) -> IssuedTokens:
        plain, outcome = refresh_token.get_secret_value(), "refreshed"
        try:
            return _issued(await self._counted("token", lambda: self._refreshed(at, plain)))
        except KoppelError as failure:
            outcome = failure.code
            raise
        finally:
            metrics.count("koppel_token_refreshes_total", provider=at.provider, outcome=outcome)

    async def revoke(self, at: At, token: SecretStr) -> None:
        place, plain = place_of(self._configured, at.region), token.get_secret_value()
        if place.endpoints.revocation_url is None:
            return
        await self._counted(
            "revocation",
            lambda: self._provider.revoke(self._http, place.endpoints, place.credentials, token=plain),
        )

    async def _minted(self, at: At, key: Mapping[str, str]) -> TokenSet:
        place = place_of(self._configured, at.region)
        return await self._provider.exchange_key(self._http, place.endpoints, place.credentials, key=key)

    def _refreshed(self, at: At, refresh_token: str) -> Awaitable[TokenSet]:
        if self._provider.profile.timing.rotation is Rotation.MINTED:
            return self._minted(at, orjson.loads(refresh_token))
        place = place_of(self._configured, at.region)
        return self._provider.refresh(
            self._http, place.endpoints, place.credentials, refresh_token=refresh_token
        )

    def _access(self, endpoints: LoginEndpoints, access_token: SecretStr) -> ProviderAccess:
        return ProviderAccess(
            access_token.get_secret_value(), endpoints.api_base_url, headers=self._configured.headers
        )

    async def _asked(self, endpoint: str, make: Callable[[], Awaitable[T]], company: str | None = None) -> T:
        """A call of the API with tokens that are nowhere else yet; the reserved one, where there is one."""
        spending, self._reserved = self._reserved, None
        if spending is None:
            spending = Spending(self._budget, replace(self._spender, company=company), lot=1)
        return await _waited(lambda: spending.call(LOGIN, lambda: self._counted(endpoint, make)), _AT_STAKE)

    async def _counted(self, endpoint: str, make: Callable[[], Awaitable[T]]) -> T:
        started, outcome, provider = time.perf_counter(), "ok", self._provider.profile.id
        try:
            return await make()
        except KoppelError as failure:
            outcome = failure.code
            raise
        finally:
            metrics.count(
                "koppel_provider_calls_total", provider=provider, endpoint=endpoint, outcome=outcome
            )
            metrics.observe(
                "koppel_provider_call_seconds",
                time.perf_counter() - started,
                provider=provider,
                endpoint=endpoint,
            )


async def _waited(call: Callable[[], Awaitable[T]], patience: float) -> T:
    """Raises `Transient` (`provider_busy`) when no call may be made so soon; it was not made then."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + patience
    while True:
        try:
            return await call()
        except BudgetExhausted as used_up:
            wait = max(used_up.exhausted.seconds, 0.1)
        if loop.time() + wait > give_up:
            raise Transient(PROVIDER_BUSY.code, PROVIDER_BUSY.detail, retry_after=wait)
        await asyncio.sleep(wait)


def place_of(configured: ConfiguredProvider, region: str | None) -> ConfiguredRegion:
    """Raises `provider_not_configured`."""
    return configured.default_region if region is None else known(configured.regions.get(region))


def known(found: T | None) -> T:
    """What settings say. Raises `provider_not_configured`."""
    if found is None:
        raise Permanent("provider_not_configured", "This installation has no settings for the provider.")
    return found


def oauth_endpoints(endpoints: LoginEndpoints) -> Endpoints:
    """As the provider layer takes them."""
    return Endpoints(
        authorize_url=endpoints.authorize_url,
        token_url=endpoints.token_url,
        revocation_url=endpoints.revocation_url,
        api_base_url=endpoints.api_base_url,
    )


def _issued(tokens: TokenSet) -> IssuedTokens:
    refresh = tokens.refresh_token
    return IssuedTokens(
        SecretStr(tokens.access_token),
        SecretStr(refresh) if refresh else None,
        tokens.expires_in,
        tokens.scopes,
        tokens.dated_at,
    )
