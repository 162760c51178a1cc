"""The provider layer behind this service's port: calls counted, addresses and credentials from settings."""

import time
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import httpx
import orjson
from pydantic import SecretStr

from connection_svc.adapters.reached_companies import reached_companies
from connection_svc.domain.connection import LoginIdentity
from connection_svc.domain.provider import (
    At,
    Choice,
    IssuedTokens,
    KeyNotice,
    LoginEndpoints,
    PastedField,
    ProviderDescription,
)
from koppel.contracts.connection import Company
from koppel.contracts.values import ResourceName
from koppel.kernel.errors import FieldError, InvalidInput, KoppelError, Permanent
from koppel.platform.telemetry import metrics
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.configuration import ConfiguredProvider, ConfiguredRegion
from koppel.providers.port import Provider, ProviderAccess
from koppel.providers.profile import Endpoints, GrantCovers, KeyFlow, RateWindow, Rotation, TokenTiming
from koppel.providers.provider_clock import provider_time
from koppel.providers.token_refusals import oauth_failure
from koppel.providers.tokens import TokenSet

T = TypeVar("T")


class CatalogueGateway:
    """Implements `ProviderGateway` for the providers that are configured."""

    def __init__(
        self, http: httpx.AsyncClient, configured: Mapping[str, ConfiguredProvider], public_url: str
    ) -> None:
        """`public_url` is where providers send browsers back to."""
        self._http = http
        self._configured = configured
        self._public_url = public_url

    def catalogue(self) -> Sequence[ProviderDescription]:
        return [self.describe(provider) for provider in self._configured]

    def describe(self, provider: str) -> ProviderDescription:
        if provider not in self._configured:
            raise InvalidInput(
                "unknown_provider",
                f"There is no such provider; known are: {', '.join(self._configured)}.",
                [FieldError("/provider", "no such provider")],
            )
        return _description(self._configured[provider], PROVIDERS[provider].resources)

    def region(self, provider: str, region: str | None) -> str | None:
        configured = self._configuration(provider)
        known = configured.regions if len(configured.profile.regions) > 1 else ()
        if region is not None and region not in known:
            which = f"no such region here; known are: {', '.join(known)}." if known else "no regions."
            raise InvalidInput(
                "region_unknown", f"The provider has {which}", [FieldError("/region", "no such region")]
            )
        return region or (configured.default_region.id if known else None)

    def headers(self, provider: str) -> Mapping[str, str]:
        return self._configuration(provider).headers

    def endpoints(self, at: At) -> LoginEndpoints:
        place = self._place(at)
        return LoginEndpoints(
            authorize_url=place.endpoints.authorize_url,
            token_url=place.endpoints.token_url,
            revocation_url=place.endpoints.revocation_url,
            api_base_url=place.endpoints.api_base_url,
            redirect_uri=f"{self._public_url}/v1/oauth/{at.provider}/callback",
            issuer=place.issuer,
            region=at.region,
        )

    def authorization_url(
        self, provider: str, endpoints: LoginEndpoints, *, state: str, code_challenge: str
    ) -> str:
        return PROVIDERS[provider].authorization_url(
            _oauth(endpoints),
            self._place(At(provider, endpoints.region)).credentials,
            redirect_uri=endpoints.redirect_uri,
            state=state,
            code_challenge=code_challenge,
        )

    def gives_keys(self, provider: str) -> bool:
        known = self._configured.get(provider)
        return known is not None and isinstance(known.profile.auth, KeyFlow)

    def activation_url(self, at: At, *, reference: str) -> str:
        return_url = f"{self.endpoints(at).redirect_uri}?state={quote(reference, safe='')}"
        place, auth = self._place(at), self._configuration(at.provider).profile.auth
        template = auth.activation.url if isinstance(auth, KeyFlow) and auth.activation else ""
        page, _, rest = template.partition("/{client_id}")
        own = place.endpoints.authorize_url or page
        filled = rest.replace("{reference}", quote(reference, safe="")).replace(
            "{return_url}", quote(return_url, safe="")
        )
        return f"{own}/{quote(place.credentials.client_id, safe='')}{filled}"

    def key_notice(self, provider: str, body: bytes) -> KeyNotice:
        if not isinstance(self._configuration(provider).profile.auth, KeyFlow):
            raise Permanent("provider_not_configured", "The provider tells of no keys.")
        told = PROVIDERS[provider].key_notice(body)
        key = {name: SecretStr(value) for name, value in told.key.items()}
        return KeyNotice(told.action, SecretStr(told.reference), key)

    def callback_error(self, error: str) -> str:
        return oauth_failure(error).code

    async def exchange_code(
        self, provider: str, endpoints: LoginEndpoints, *, code: str, verifier: SecretStr
    ) -> IssuedTokens:
        if isinstance(self._configuration(provider).profile.auth, KeyFlow):
            raise Permanent("callback_malformed", "The provider gives keys, not codes.")
        call = PROVIDERS[provider].exchange_code(
            self._http,
            _oauth(endpoints),
            self._place(At(provider, endpoints.region)).credentials,
            code=code,
            code_verifier=verifier.get_secret_value(),
            redirect_uri=endpoints.redirect_uri,
        )
        return _issued(await _counted(provider, "token", call))

    async def company(
        self, provider: str, endpoints: LoginEndpoints, access_token: SecretStr
    ) -> Company | None:
        known = PROVIDERS[provider]
        access = self._access(provider, endpoints, access_token)
        page = await _counted(provider, "companies", known.discover(self._http, access, None))
        if known.profile.grant_covers is GrantCovers.MANY_ADMINISTRATIONS:
            return None
        found = page.companies
        if len(found) != 1:
            raise Permanent("company_unknown", "The login did not say which company it is for.")
        return Company(external_id=found[0].external_id, name=found[0].name)

    async def reached(
        self, provider: str, endpoints: LoginEndpoints, access_token: SecretStr, wanted: Collection[str]
    ) -> frozenset[str]:
        access = self._access(provider, endpoints, access_token)
        return await _counted(
            provider, "companies", reached_companies(self._http, PROVIDERS[provider], access, wanted)
        )

    async def login(
        self, provider: str, endpoints: LoginEndpoints, access_token: SecretStr
    ) -> LoginIdentity | None:
        known = PROVIDERS[provider]
        if type(known).login is Provider.login:  # it does not say, and nothing is called
            return None
        said = await _counted(
            provider, "login", known.login(self._http, self._access(provider, endpoints, access_token))
        )
        return None if said is None else LoginIdentity(said.place, said.subject)

    def _access(self, provider: str, endpoints: LoginEndpoints, access_token: SecretStr) -> ProviderAccess:
        return ProviderAccess(
            access_token.get_secret_value(), endpoints.api_base_url, headers=self.headers(provider)
        )

    async def exchange_key(self, at: At, key: Mapping[str, SecretStr]) -> IssuedTokens:
        plain = {name: secret.get_secret_value().strip() for name, secret in key.items()}
        tokens = await _counted(at.provider, "token", self._minted(at, plain))
        return replace(_issued(tokens), refresh_token=SecretStr(orjson.dumps(plain).decode()))

    async def _minted(self, at: At, key: Mapping[str, str]) -> TokenSet:
        place = self._place(at)
        return await PROVIDERS[at.provider].exchange_key(
            self._http, place.endpoints, place.credentials, key=key
        )

    def _refreshed(self, at: At, refresh_token: str) -> Awaitable[TokenSet]:
        if self.timing(at.provider).rotation is Rotation.MINTED:
            return self._minted(at, orjson.loads(refresh_token))
        place = self._place(at)
        return PROVIDERS[at.provider].refresh(
            self._http, place.endpoints, place.credentials, refresh_token=refresh_token
        )

    def timing(self, provider: str) -> TokenTiming:
        return PROVIDERS[provider].profile.timing

    def token_window(self, provider: str) -> RateWindow | None:
        windows = self._configuration(provider).windows
        return next((each for each in windows if each.kind == "token"), None)

    async def time(self, at: At) -> datetime | None:
        return await provider_time(self._http, self._place(at).endpoints.authorize_url)

    async def refresh(self, at: At, refresh_token: SecretStr) -> IssuedTokens:
        provider, call = at.provider, self._refreshed(at, refresh_token.get_secret_value())
        try:
            tokens = await _counted(provider, "token", call)
        except KoppelError as failure:
            metrics.count("koppel_token_refreshes_total", provider=provider, outcome=failure.code)
            raise
        metrics.count("koppel_token_refreshes_total", provider=provider, outcome="refreshed")
        return _issued(tokens)

    async def revoke(self, at: At, token: SecretStr) -> None:
        place = self._place(at)
        if place.endpoints.revocation_url is None:
            return
        call = PROVIDERS[at.provider].revoke(
            self._http, place.endpoints, place.credentials, token=token.get_secret_value()
        )
        await _counted(at.provider, "revocation", call)

    def _place(self, at: At) -> ConfiguredRegion:
        regions = self._configuration(at.provider).regions
        return next(iter(regions.values())) if at.region is None else _known(regions.get(at.region))

    def _configuration(self, provider: str) -> ConfiguredProvider:
        return _known(self._configured.get(provider))


def _known(found: T | None) -> T:
    if found is None:
        raise Permanent("provider_not_configured", "This installation has no settings for the provider.")
    return found


def _description(configured: ConfiguredProvider, resources: Sequence[ResourceName]) -> ProviderDescription:
    profile, auth = configured.profile, configured.profile.auth
    regions = tuple(Choice(region.id, region.name) for region in configured.regions.values())
    has_activation = (
        isinstance(auth, KeyFlow)
        and auth.activation is not None
        and bool(configured.default_region.credentials.client_id)
    )
    return ProviderDescription(
        has_activation=has_activation,
        id=profile.id,
        name=profile.name,
        grant_covers=profile.grant_covers.value,
        auth="api_key" if isinstance(auth, KeyFlow) else "oauth2",
        regions=regions if len(profile.regions) > 1 else None,
        fields=tuple(PastedField(one.name, one.label, one.secret, one.longest) for one in auth.fields)
        if isinstance(auth, KeyFlow)
        else None,
        resources=tuple(resource.value for resource in resources),
    )


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
