"""The provider layer behind this service's port: calls counted, addresses and credentials from settings."""

import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import httpx
from pydantic import SecretStr

from connection_svc.domain.provider import IssuedTokens, LoginEndpoints, ProviderDescription
from koppel.contracts.connection import Company
from koppel.kernel.errors import FieldError, InvalidInput, KoppelError, Permanent
from koppel.platform.telemetry import metrics
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.package_clock import package_time
from koppel.providers.port import ProviderAccess
from koppel.providers.profile import Endpoints, GrantCovers, KeyFlow, TokenTiming
from koppel.providers.token_refusals import oauth_failure
from koppel.providers.tokens import ClientCredentials, TokenSet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProviderConfiguration:
    """How this installation reaches a package."""

    credentials: ClientCredentials
    endpoints: LoginEndpoints


class CatalogueGateway:
    """Implements `ProviderGateway` for the packages that are configured."""

    def __init__(self, http: httpx.AsyncClient, configured: Mapping[str, ProviderConfiguration]) -> None:
        self._http = http
        self._configured = configured

    def catalogue(self) -> Sequence[ProviderDescription]:
        return [self.describe(provider) for provider in self._configured]

    def describe(self, provider: str) -> ProviderDescription:
        if provider not in self._configured:
            raise InvalidInput(
                "unknown_provider",
                f"There is no such package; known are: {', '.join(self._configured)}.",
                [FieldError("/provider", "no such package")],
            )
        known = PROVIDERS[provider]
        profile, resources = known.profile, tuple(resource.value for resource in known.resources)
        auth = "api_key" if isinstance(profile.auth, KeyFlow) else "oauth2"
        return ProviderDescription(profile.id, profile.name, profile.grant_covers.value, auth, resources)

    def endpoints(self, provider: str) -> LoginEndpoints:
        return self._configuration(provider).endpoints

    def authorization_url(
        self, provider: str, endpoints: LoginEndpoints, *, state: str, code_challenge: str
    ) -> str:
        return PROVIDERS[provider].authorization_url(
            _oauth(endpoints),
            self._configuration(provider).credentials,
            redirect_uri=endpoints.redirect_uri,
            state=state,
            code_challenge=code_challenge,
        )

    def callback_error(self, error: str) -> str:
        return oauth_failure(error).code

    async def exchange_code(
        self, provider: str, endpoints: LoginEndpoints, *, code: str, verifier: SecretStr
    ) -> IssuedTokens:
        known, configuration = PROVIDERS[provider], self._configuration(provider)
        call = known.exchange_code(
            self._http,
            _oauth(endpoints),
            configuration.credentials,
            code=code,
            code_verifier=verifier.get_secret_value(),
            redirect_uri=endpoints.redirect_uri,
        )
        return _issued(await _counted(provider, "token", call))

    async def company(
        self, provider: str, endpoints: LoginEndpoints, access_token: SecretStr
    ) -> Company | None:
        known = PROVIDERS[provider]
        access = ProviderAccess(access_token.get_secret_value(), endpoints.api_base_url)
        page = await _counted(provider, "companies", known.discover(self._http, access, None))
        if known.profile.grant_covers is GrantCovers.MANY_ADMINISTRATIONS:
            return None
        found = page.companies
        if len(found) != 1:
            raise Permanent("company_unknown", "The login did not say which company it is for.")
        return Company(external_id=found[0].external_id, name=found[0].name)

    def timing(self, provider: str) -> TokenTiming:
        return PROVIDERS[provider].profile.timing

    async def time(self, provider: str) -> datetime | None:
        return await package_time(self._http, self._configuration(provider).endpoints.authorize_url)

    async def refresh(self, provider: str, refresh_token: SecretStr) -> IssuedTokens:
        configuration = self._configuration(provider)
        call = PROVIDERS[provider].refresh(
            self._http,
            _oauth(configuration.endpoints),
            configuration.credentials,
            refresh_token=refresh_token.get_secret_value(),
        )
        try:
            tokens = await _counted(provider, "token", call)
        except KoppelError as failure:
            metrics.count("koppel_token_refreshes_total", provider=provider, outcome=failure.code)
            raise
        metrics.count("koppel_token_refreshes_total", provider=provider, outcome="refreshed")
        return _issued(tokens)

    async def revoke(self, provider: str, token: SecretStr) -> None:
        configuration = self._configuration(provider)
        call = PROVIDERS[provider].revoke(
            self._http,
            _oauth(configuration.endpoints),
            configuration.credentials,
            token=token.get_secret_value(),
        )
        await _counted(provider, "revocation", call)

    def _configuration(self, provider: str) -> ProviderConfiguration:
        try:
            return self._configured[provider]
        except KeyError:
            raise Permanent(
                "provider_not_configured", "This installation has no settings for the package."
            ) from None


async def _counted(provider: str, endpoint: str, call: Awaitable[T]) -> T:
    started, outcome = time.perf_counter(), "ok"
    try:
        return await call
    except KoppelError as failure:
        outcome = failure.code
        raise
    finally:
        metrics.count("koppel_provider_calls_total", provider=provider, endpoint=endpoint, outcome=outcome)
        metrics.observe(
            "koppel_provider_call_seconds",
            time.perf_counter() - started,
            provider=provider,
            endpoint=endpoint,
        )


def _oauth(endpoints: LoginEndpoints) -> Endpoints:
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
